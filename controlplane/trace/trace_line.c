/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads lines of RFC 5424. A gigabyte of lines is read for one answer, so each octet is looked at once.
 */
#include "controlplane/trace/trace_line.h"

#include "shared/addr_text.h"

#include <string.h>

#define SD "[cgnd@32473 "

/* No clock is set further than a thousand years. */
#define STEP_MAX_MS UINT64_C(31557600000000)

/* So that the number behind a number is one, too. */
#define NUMBER_MAX (UINT64_MAX - 1)

/* What is left of a line. */
struct cursor {
	const char *at;
	const char *end;
};

/* --- times ----------------------------------------------------------------------------------- */

/* Read digits. @return false: there are fewer */
static bool
digits(struct cursor *c, unsigned int n, int *out)
{
	*out = 0;
	if ((size_t)(c->end - c->at) < n)
		return false;
	for (; n > 0; n--, c->at++) {
		if (*c->at < '0' || *c->at > '9')
			return false;
		*out = *out * 10 + (*c->at - '0');
	}
	return true;
}

static bool
skip(struct cursor *c, char octet)
{
	if (c->at == c->end || *c->at != octet)
		return false;
	c->at++;
	return true;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. A year begins in March here, so that the day that is
 * sometimes missing is its last one. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y % 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int
days_in(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* The fraction of a second in milliseconds. */
static bool
fraction(struct cursor *c, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!skip(c, '.'))
		return true;
	if (c->at == c->end || *c->at < '0' || *c->at > '9')
		return false;
	for (; c->at != c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
		*ms += (*c->at - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* The offset of a zone from UTC, in minutes. */
static bool
zone(struct cursor *c, int *minutes)
{
	int h, m, sign = 1;

	*minutes = 0;
	if (skip(c, 'Z'))
		return true;
	if (skip(c, '-'))
		sign = -1;
	else if (!skip(c, '+'))
		return false;
	if (!digits(c, 2, &h) || !skip(c, ':') || !digits(c, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = sign * (60 * h + m);
	return true;
}

static bool
timestamp(struct cursor *c, int64_t *out)
{
	int year, month, day, h, m, s, ms, minutes;

	if (!digits(c, 4, &year) || !skip(c, '-') || !digits(c, 2, &month) || !skip(c, '-') ||
			!digits(c, 2, &day) || !skip(c, 'T') || !digits(c, 2, &h) ||
			!skip(c, ':') || !digits(c, 2, &m) || !skip(c, ':') || !digits(c, 2, &s) ||
			!fraction(c, &ms) || !zone(c, &minutes))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in(year, month) || h > 23 || m > 59 ||
			s > 60)
		return false;
	*out = (((days_of(year, month, day) * 24 + h) * 60 + m - minutes) * 60 + s) * 1000 + ms;
	return true;
}

size_t
cgn_trace_line_time(const char *text, size_t len, int64_t *ms)
{
	struct cursor c = { text, text + len };

	return timestamp(&c, ms) ? (size_t)(c.at - text) : 0;
}

/* --- values ---------------------------------------------------------------------------------- */

static bool
is_text(const struct cgn_trace_text *t, const char *text)
{
	return t->len == strlen(text) && memcmp(t->at, text, t->len) == 0;
}

/* Whether a list such as "blocks,leases" has a word. */
static bool
has_word(const struct cgn_trace_text *list, const char *text)
{
	const char *end = list->at + list->len;

	for (const char *at = list->at; at < end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		struct cgn_trace_text one = { at, (size_t)((comma == NULL ? end : comma) - at) };

		if (is_text(&one, text))
			return true;
		at += one.len + 1;
	}
	return false;
}

static bool
number(const struct cgn_trace_text *t, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (t->len == 0 || t->len > 20)
		return false;
	for (size_t i = 0; i < t->len; i++) {
		uint64_t digit = (uint64_t)(t->at[i] - '0');

		if (digit > 9 || n > (most - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

static bool
signed_number(const struct cgn_trace_text *t, int64_t *out)
{
	bool is_negative = t->len > 0 && t->at[0] == '-';
	struct cgn_trace_text rest = { t->at + is_negative, t->len - is_negative };
	uint64_t n;

	if (!number(&rest, STEP_MAX_MS, &n))
		return false;
	*out = is_negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool
hexadecimal(const struct cgn_trace_text *t, uint64_t *out)
{
	uint64_t n = 0;

	if (t->len == 0 || t->len > 16)
		return false;
	for (size_t i = 0; i < t->len; i++) {
		char c = t->at[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = n;
	return true;
}

static bool
address(const struct cgn_trace_text *t, struct cgn_ip *out)
{
	char text[CGN_ADDR_TEXT_MAX];

	if (t->len >= sizeof(text))
		return false;
	memcpy(text, t->at, t->len);
	text[t->len] = '\0';
	return cgn_addr_text_parse_ip(text, out) == 0;
}

static bool
address4(const struct cgn_trace_text *t, rte_be32_t *out)
{
	struct cgn_ip ip;

	if (!address(t, &ip) || ip.is_ip6)
		return false;
	*out = ip.ip4;
	return true;
}

static bool
port(const struct cgn_trace_text *t, uint16_t *out)
{
	uint64_t n;

	if (!number(t, UINT16_MAX, &n))
		return false;
	*out = (uint16_t)n;
	return true;
}

static bool
producer(const struct cgn_trace_text *t, uint32_t *out)
{
	struct cgn_trace_text rest;
	uint64_t n;

	*out = is_text(t, "export") ? CGN_TRACE_EXPORT : CGN_TRACE_CONTROL;
	if (*out == CGN_TRACE_EXPORT || is_text(t, "control"))
		return true;
	if (t->len < 7 || memcmp(t->at, "worker", 6) != 0)
		return false;
	rest = (struct cgn_trace_text){ t->at + 6, t->len - 6 };
	if (!number(&rest, 65535, &n))
		return false;
	*out = CGN_TRACE_WORKER0 + (uint32_t)n;
	return true;
}

static bool
inside(const struct cgn_trace_text *t, struct cgn_trace_record *r)
{
	struct cgn_ip ip;

	if (!address(t, &ip))
		return false;
	r->inside.is_ip6 = ip.is_ip6;
	if (ip.is_ip6)
		r->inside.ip6 = ip.ip6;
	else
		r->inside.ip4 = ip.ip4;
	return true;
}

static bool
inside_len(const struct cgn_trace_text *t, struct cgn_trace_record *r)
{
	uint64_t n;

	if (!number(t, 128, &n))
		return false;
	r->inside.len = (uint8_t)n;
	return true;
}

void
cgn_trace_line_copy(char *out, size_t size, const struct cgn_trace_text *text)
{
	size_t n = text->len < size - 1 ? text->len : size - 1;

	for (size_t i = 0; i < n; i++)
		out[i] = text->at[i] >= ' ' && text->at[i] <= '~' ? text->at[i] : '?';
	out[n] = '\0';
}

/* --- fields ---------------------------------------------------------------------------------- */

/* Take a field of an event that a trace needs. @return false: its value is damaged */
static bool
take_field_of_event(struct cgn_trace_record *r, const struct cgn_trace_text *name,
		const struct cgn_trace_text *value)
{
	if (is_text(name, "postNATSourceIPv4Address"))
		return address4(value, &r->ext);
	if (is_text(name, "portRangeStart"))
		return port(value, &r->first);
	if (is_text(name, "portRangeEnd"))
		return port(value, &r->last);
	if (is_text(name, "sourceIPv4Address") || is_text(name, "sourceIPv6Address"))
		return inside(value, r);
	if (is_text(name, "sourceIPv4PrefixLength") || is_text(name, "sourceIPv6PrefixLength"))
		return inside_len(value, r);
	if (is_text(name, "first"))
		return number(value, NUMBER_MAX, &r->gap_first);
	if (is_text(name, "last")) {
		r->has_last = true;
		return number(value, NUMBER_MAX, &r->gap_last);
	}
	if (is_text(name, "lost.blocks"))
		return number(value, UINT64_MAX, &r->gap_blocks);
	if (is_text(name, "previousBoot"))
		return hexadecimal(value, &r->previous);
	if (is_text(name, "stepMilliseconds"))
		return signed_number(value, &r->step_ms);
	if (is_text(name, "after")) {
		r->is_after_unknown = is_text(value, "unknown");
		r->is_late = is_text(value, "reload");
	} else if (is_text(name, "records")) {
		r->has_no_blocks = !has_word(value, "blocks");
	} else if (is_text(name, "deterministicGroups")) {
		r->has_deterministic = true;
	} else if (is_text(name, "state")) {
		r->is_kept = is_text(value, "kept");
	} else if (is_text(name, "cause")) {
		r->is_restored = is_text(value, "restored");
	} else if (is_text(name, "natPoolName")) {
		r->pool = *value;
	}
	return true;
}

/* Take a field. @return false: its value is damaged */
static bool
take_field(struct cgn_trace_record *r, const struct cgn_trace_text *name,
		const struct cgn_trace_text *value)
{
	if (is_text(name, "seq"))
		return number(value, NUMBER_MAX, &r->seq);
	if (is_text(name, "boot"))
		return hexadecimal(value, &r->boot);
	if (is_text(name, "producer"))
		return producer(value, &r->producer);
	if (is_text(name, "instance"))
		r->instance = *value;
	/* Other events may have fields with these names and other values. Their address tells whose it is. */
	if (r->event == CGN_TRACE_OTHER) {
		if (is_text(name, "postNATSourceIPv4Address"))
			(void)address4(value, &r->ext);
		return true;
	}
	return take_field_of_event(r, name, value);
}

/* Read a word up to a blank. */
static bool
word(struct cursor *c, struct cgn_trace_text *out)
{
	const char *blank = memchr(c->at, ' ', (size_t)(c->end - c->at));

	if (blank == NULL || blank == c->at)
		return false;
	*out = (struct cgn_trace_text){ c->at, (size_t)(blank - c->at) };
	c->at = blank + 1;
	return true;
}

/* Read ` name="value"`. A '\' in a value escapes the next octet. @return false: damaged */
static bool
field(struct cursor *c, struct cgn_trace_text *name, struct cgn_trace_text *value)
{
	const char *equals = memchr(c->at, '=', (size_t)(c->end - c->at));

	if (equals == NULL)
		return false;
	*name = (struct cgn_trace_text){ c->at, (size_t)(equals - c->at) };
	c->at = equals + 1;
	if (!skip(c, '"'))
		return false;
	value->at = c->at;
	while (c->at != c->end && *c->at != '"')
		c->at += *c->at == '\\' && c->at + 1 != c->end ? 2 : 1;
	value->len = (size_t)(c->at - value->at);
	return skip(c, '"');
}

static enum cgn_trace_event
event_of(const struct cgn_trace_text *name)
{
	static const struct {
		const char *name;
		enum cgn_trace_event event;
	} events[] = {
		{ "block-allocated", CGN_TRACE_ALLOCATED },
		{ "block-released", CGN_TRACE_RELEASED },
		{ "gap", CGN_TRACE_GAP },
		{ "start", CGN_TRACE_START },
		{ "stop", CGN_TRACE_STOP },
		{ "clock-step", CGN_TRACE_CLOCK_STEP },
		{ "checkpoint", CGN_TRACE_CHECKPOINT },
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (is_text(name, events[i].name))
			return events[i].event;
	}
	return CGN_TRACE_OTHER;
}

/* Whether a record has what its event needs. */
static bool
is_whole(const struct cgn_trace_record *r)
{
	if (r->event == CGN_TRACE_GAP)
		return r->gap_first != 0 && r->gap_first <= r->gap_last;
	if (r->event == CGN_TRACE_CHECKPOINT)
		return r->has_last;
	if (r->event == CGN_TRACE_ALLOCATED || r->event == CGN_TRACE_RELEASED)
		return r->seq != 0 && r->ext != 0 && r->first <= r->last &&
				r->inside.len <= (r->inside.is_ip6 ? 128 : 32);
	return r->seq != 0;
}

bool
cgn_trace_line_read(const char *text, size_t len, struct cgn_trace_record *out)
{
	struct cursor c = { text, text + len };
	struct cgn_trace_text name, value;
	const char *sd;

	memset(out, 0, sizeof(*out));
	/* <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA */
	if (!word(&c, &name) || name.at[0] != '<' || !timestamp(&c, &out->time_ms) ||
			!skip(&c, ' ') || !word(&c, &out->host) || !word(&c, &name) ||
			!word(&c, &name) || !word(&c, &name))
		return false;
	out->event = event_of(&name);
	/* A collector may have put elements of its own before it. */
	sd = memmem(c.at, (size_t)(c.end - c.at), SD, sizeof(SD) - 1);
	if (sd == NULL)
		return false;
	c.at = sd + sizeof(SD) - 1;
	do {
		if (!field(&c, &name, &value) || !take_field(out, &name, &value))
			return false;
	} while (skip(&c, ' '));
	return skip(&c, ']') && is_whole(out);
}
