/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_IPFIXREAD_H
#define CGN_TEST_IPFIXREAD_H

/**
 * @file
 * A reader of IPFIX messages, by RFC 7011 alone: templates, and records as fields. It fails the test if a message is not
 * correct.
 */

#include "tests/support/cu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IPFIXREAD_FIELDS_MAX    24
#define IPFIXREAD_TEMPLATES_MAX 80
#define IPFIXREAD_RECORDS_MAX   32768
#define IPFIXREAD_PEN           32473

/** A field of a template, or of a record. */
struct ipfixread_field {
	uint32_t pen; /* 0: IANA */
	uint16_t number;
	uint16_t len;      /* 65535 in a template: variable */
	const uint8_t *at; /* in the message */
};

/** A template, or a record of one. */
struct ipfixread_record {
	uint16_t id; /* of the template */
	uint16_t n_scope;
	unsigned int n;
	struct ipfixread_field fields[IPFIXREAD_FIELDS_MAX];
};

/** What was read so far. */
struct ipfixread {
	struct ipfixread_record templates[IPFIXREAD_TEMPLATES_MAX];
	unsigned int n_templates;
	struct ipfixread_record records[IPFIXREAD_RECORDS_MAX];
	unsigned int n_records;
	uint32_t time_s, sequence, domain; /* of the last message */
};

/** A number of 1 to 8 octets. */
static inline uint64_t
ipfixread_be(const uint8_t *at, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	return value;
}

/** The template with a number. @return NULL: there is none */
static inline struct ipfixread_record *
ipfixread_template(struct ipfixread *x, uint16_t id)
{
	for (unsigned int i = 0; i < x->n_templates; i++) {
		if (x->templates[i].id == id)
			return &x->templates[i];
	}
	return NULL;
}

/* @return octets of the template */
static inline size_t
ipfixread_one_template(struct ipfixread *x, const uint8_t *at, size_t left, bool is_options)
{
	struct ipfixread_record *t, new = { .id = (uint16_t)ipfixread_be(at, 2) };
	size_t used = is_options ? 6 : 4;

	new.n = (unsigned int)ipfixread_be(at + 2, 2);
	new.n_scope = is_options ? (uint16_t)ipfixread_be(at + 4, 2) : 0;
	CU_ASSERT_FATAL(new.id >= 256 && new.n > 0 && new.n <= IPFIXREAD_FIELDS_MAX);
	CU_ASSERT_FATAL(is_options == (new.n_scope > 0) && new.n_scope <= new.n);
	for (unsigned int i = 0; i < new.n; i++) {
		uint16_t number = (uint16_t)ipfixread_be(at + used, 2);

		new.fields[i].number = number & 0x7fff;
		new.fields[i].len = (uint16_t)ipfixread_be(at + used + 2, 2);
		used += 4;
		if ((number & 0x8000) != 0) {
			new.fields[i].pen = (uint32_t)ipfixread_be(at + used, 4);
			used += 4;
		}
		CU_ASSERT_FATAL(used <= left);
	}
	t = ipfixread_template(x, new.id);
	if (t == NULL) {
		CU_ASSERT_FATAL(x->n_templates < IPFIXREAD_TEMPLATES_MAX);
		t = &x->templates[x->n_templates++];
	}
	*t = new;
	return used;
}

/* @return octets of the record */
static inline size_t
ipfixread_one_record(struct ipfixread *x, const struct ipfixread_record *t, const uint8_t *at,
		size_t left)
{
	struct ipfixread_record *r = &x->records[x->n_records++];
	size_t used = 0;

	CU_ASSERT_FATAL(x->n_records < IPFIXREAD_RECORDS_MAX);
	*r = *t;
	for (unsigned int i = 0; i < r->n; i++) {
		struct ipfixread_field *f = &r->fields[i];

		if (f->len == 65535) {
			CU_ASSERT_FATAL(used < left);
			f->len = at[used++];
			if (f->len == 255) {
				CU_ASSERT_FATAL(used + 2 <= left);
				f->len = (uint16_t)ipfixread_be(at + used, 2);
				used += 2;
			}
		}
		f->at = at + used;
		used += f->len;
		CU_ASSERT_FATAL(used <= left);
	}
	return used;
}

static inline void
ipfixread_set(struct ipfixread *x, uint16_t id, const uint8_t *at, size_t left)
{
	const struct ipfixread_record *t = ipfixread_template(x, id);

	CU_ASSERT_FATAL(left > 0);
	CU_ASSERT_FATAL(id == 2 || id == 3 || t != NULL);
	while (left > 0) {
		size_t used = t == NULL ? ipfixread_one_template(x, at, left, id == 3)
					: ipfixread_one_record(x, t, at, left);

		CU_ASSERT_FATAL(used > 0 && used <= left);
		at += used;
		left -= used;
	}
}

/** Read a message. The records refer to it. */
static inline void
ipfixread_message(struct ipfixread *x, const uint8_t *data, size_t len)
{
	size_t at = 16;

	CU_ASSERT_FATAL(len > 16 && ipfixread_be(data, 2) == 10 &&
			ipfixread_be(data + 2, 2) == len);
	x->time_s = (uint32_t)ipfixread_be(data + 4, 4);
	x->sequence = (uint32_t)ipfixread_be(data + 8, 4);
	x->domain = (uint32_t)ipfixread_be(data + 12, 4);
	while (at < len) {
		size_t set = at + 4 <= len ? ipfixread_be(data + at + 2, 2) : 0;

		CU_ASSERT_FATAL(set >= 4 && at + set <= len);
		ipfixread_set(x, (uint16_t)ipfixread_be(data + at, 2), data + at + 4, set - 4);
		at += set;
	}
}

/** A field of a record; the @p skip first ones with this number are left out. @return NULL: the record has none */
static inline const struct ipfixread_field *
ipfixread_find(const struct ipfixread_record *r, uint32_t pen, uint16_t number, unsigned int skip)
{
	for (unsigned int i = 0; i < r->n; i++) {
		if (r->fields[i].pen == pen && r->fields[i].number == number && skip-- == 0)
			return &r->fields[i];
	}
	return NULL;
}

/** The value of an element of IANA. UINT64_MAX: there is none, or it is no number. */
static inline uint64_t
ipfixread_iana(const struct ipfixread_record *r, uint16_t number)
{
	const struct ipfixread_field *f = ipfixread_find(r, 0, number, 0);

	return f == NULL || f->len > 8 ? UINT64_MAX : ipfixread_be(f->at, f->len);
}

/** The same for an element of cgnd. */
static inline uint64_t
ipfixread_cgn(const struct ipfixread_record *r, uint16_t number)
{
	const struct ipfixread_field *f = ipfixread_find(r, IPFIXREAD_PEN, number, 0);

	return f == NULL || f->len > 8 ? UINT64_MAX : ipfixread_be(f->at, f->len);
}

/** Whether a record has a text. */
static inline bool
ipfixread_is_text(const struct ipfixread_record *r, uint32_t pen, uint16_t number, const char *text)
{
	const struct ipfixread_field *f = ipfixread_find(r, pen, number, 0);

	return f != NULL && f->len == strlen(text) && memcmp(f->at, text, f->len) == 0;
}

#endif /* CGN_TEST_IPFIXREAD_H */
