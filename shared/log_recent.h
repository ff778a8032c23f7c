/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOG_RECENT_H
#define CGN_LOG_RECENT_H

/**
 * @file
 * The last warnings and errors of the log, for `cgnctl status`. log.c notes each such line that it prints.
 *
 * Threads: any.
 * Memory:  fixed, 6 KB.
 */

#include "shared/log_event.h"

#include <stdint.h>

/**
 * Lines that are kept. If there are so many, a new line of an event that has its share replaces one of the same event. A
 * line of another event replaces one of the event that has most lines, or one of all if no event has more than its share.
 * The oldest of them gives way that does not tell of something that still lasts. If all do, the oldest of them does.
 */
#define CGN_LOG_RECENT_MAX 16

/** Lines that an event may have while others need the places. */
#define CGN_LOG_RECENT_SHARE 4

/** Octets of a line with its NUL. What does not fit is left out. */
#define CGN_LOG_RECENT_TEXT 240

/** Octets of what a line is about with its NUL. What does not fit is left out. */
#define CGN_LOG_RECENT_ABOUT 96

/** Whether what a line tells of lasts. */
enum cgn_log_recent_state {
	CGN_LOG_RECENT_ONCE, /* it was a moment */
	CGN_LOG_RECENT_OPEN, /* it lasts */
	CGN_LOG_RECENT_OVER, /* it has lasted */
};

/** A line of the log. */
struct cgn_log_recent_line {
	uint64_t number; /* of the line; later ones have higher numbers. 0: no line */
	int64_t wall_ms; /* when it came or began, in milliseconds since 1970 */
	int64_t over_ms; /* when it was over; 0: it is not */
	enum cgn_log_recent_state state;
	enum cgn_log_event event;
	char about[CGN_LOG_RECENT_ABOUT];
	char text[CGN_LOG_RECENT_TEXT];
};

/**
 * Keep a line, if it is a warning or worse. If the same lasts already, its line gets the new text, and keeps its place and
 * the time of its beginning.
 *
 * @param about  which one, of several things that last (CGN_LOG_ABOUT())
 * @param text   without the end of the line
 */
void cgn_log_recent_note(enum cgn_log_event event, const char *about, const char *text);

/** An event has come. What it ends, with the same text @p about, is over now. */
void cgn_log_recent_end(enum cgn_log_event event, const char *about);

/** Copy the lines that are kept, the newest one first. @return how many */
unsigned int cgn_log_recent_read(struct cgn_log_recent_line out[static CGN_LOG_RECENT_MAX]);

/** Number of warnings and errors since the start. */
uint64_t cgn_log_recent_count(void);

/** The word for a state: once, open or over. */
const char *cgn_log_recent_word(enum cgn_log_recent_state state);

#endif /* CGN_LOG_RECENT_H */
