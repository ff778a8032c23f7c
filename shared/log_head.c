/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The beginning of a log line, for log.c and sink.c.
 */
#include "shared/log_head.h"

#include "shared/utc_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum style {
	STYLE_BARE,
	STYLE_TIME,
	STYLE_JOURNAL,
};

static enum style style = STYLE_BARE; /* set once, before other threads start */

static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
			fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void
cgn_log_head_begin(int fd)
{
	style = is_journal(fd) ? STYLE_JOURNAL : STYLE_TIME;
}

const char *
cgn_log_head_format(enum cgn_log_event event, char buf[static CGN_LOG_HEAD_MAX])
{
	const struct cgn_log_event_row *row = cgn_log_event_row(event);
	char when[CGN_UTC_TEXT_MAX + 8] = "";
	char utc[CGN_UTC_TEXT_MAX];
	struct timespec now;

	if (style == STYLE_TIME) {
		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(when, sizeof(when), "%s ",
				cgn_utc_text_format(
						(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
						utc));
	} else if (style == STYLE_JOURNAL) {
		/* Levels of DPDK are the priorities of syslog plus one. */
		snprintf(when, sizeof(when), "<%" PRIu32 ">", row->level - 1);
	}
	snprintf(buf, CGN_LOG_HEAD_MAX, "%scgnd: %s %s: ", when, cgn_log_event_severity(row->level),
			row->name);
	return buf;
}
