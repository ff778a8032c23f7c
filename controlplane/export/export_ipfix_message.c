/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Messages of IPFIX by libfixbuf. It "sends" each message to the memory of the writer.
 */
#include "controlplane/export/export_ipfix_message.h"

#include "controlplane/export/export_ipfix_schema.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

/* Offsets in a message and in a set: RFC 7011 sections 3.1 and 3.3.2 */
#define LENGTH_AT   2
#define TIME_AT     4
#define SEQUENCE_AT 8
#define HEADER      16
#define SET_HEADER  4

/* Pools that a collector is told of again. Records of a pool may still wait when another one has its place. */
#define TOLD_MAX (2 * CGN_POOLS_MAX)

/* Messages of templates. The number of pools is what may need most of them. */
#define TEMPLATES_MAX (16 + TOLD_MAX / 8)

struct cgn_export_ipfix_writer {
	struct cgn_export_ipfix_run run;
	fbInfoModel_t *model;
	fbExporter_t *exporter; /* belongs to buf */
	fBuf_t *buf;            /* has the session */
	bool has_content;       /* the message that is being written has a record or a template */
	uint16_t n_records;     /* data records of this message */
	bool must_tell_losses;
	struct cgn_export_ipfix_fields losses; /* of all gaps: CGN_EXPORT_IPFIX_LOSSES */
	enum cgn_export_ipfix_layout layouts[CGN_EXPORT_IPFIX_END - CGN_EXPORT_IPFIX_BEFORE];
	uint32_t domain;
	uint32_t told[TOLD_MAX]; /* numbers of pools whose names were told, in a ring; 0: none */
	uint32_t told_at;        /* where the next one goes */
	bool is_told;            /* a name was told that the templates do not have yet */
	bool has_news;           /* as cgn_export_ipfix_message_take_news() */
	size_t n_fixed;          /* messages of templates that have no names */
	size_t n_templates;
	struct cgn_export_ipfix_message templates[TEMPLATES_MAX];
	uint8_t sent[CGN_EXPORT_IPFIX_MESSAGE_MAX]; /* where libfixbuf leaves a message */
};

/* --- numbers of a message ---------------------------------------------------------------------- */

static uint16_t
get16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return rte_be_to_cpu_16(value);
}

static void
set32(uint8_t *at, uint32_t value)
{
	value = rte_cpu_to_be_32(value);
	memcpy(at, &value, sizeof(value));
}

/* libfixbuf begins a set before it knows whether the record fits. RFC 7011 section 3.3.1: a set has records. */
static void
drop_empty_set(struct cgn_export_ipfix_message *m)
{
	uint16_t at = HEADER, len = 0;

	while (at + SET_HEADER <= m->len && (len = get16(m->data + at + LENGTH_AT)) > SET_HEADER)
		at += len;
	if (at < m->len && len == SET_HEADER) {
		m->len = at;
		len = rte_cpu_to_be_16(at);
		memcpy(m->data + LENGTH_AT, &len, sizeof(len));
	}
}

void
cgn_export_ipfix_message_stamp(
		struct cgn_export_ipfix_message *m, uint32_t time_s, uint32_t sequence)
{
	set32(m->data + TIME_AT, time_s);
	set32(m->data + SEQUENCE_AT, sequence);
}

/* --- records ----------------------------------------------------------------------------------- */

/* What libfixbuf reports is that the message is full. All else would be an error of cgnd. */
static bool
fits(bool is_good, GError *error)
{
	assert(is_good || g_error_matches(error, FB_ERROR_DOMAIN, FB_ERROR_EOM));
	g_clear_error(&error);
	return is_good;
}

static bool
note_record(struct cgn_export_ipfix_writer *w, bool is_good, GError *error)
{
	if (is_good)
		w->n_records++;
	w->has_content |= is_good;
	return fits(is_good, error);
}

/* The template was added at the start, so that it is always found. */
static void
select_template(struct cgn_export_ipfix_writer *w, uint16_t id, uint16_t layout)
{
	GError *error = NULL;
	bool is_good = fBufSetExportTemplate(w->buf, id, &error) &&
			fBufSetInternalTemplate(w->buf, layout, &error);

	assert(is_good);
	(void)is_good;
}

static bool
add_fields(struct cgn_export_ipfix_writer *w, enum cgn_export_ipfix_template id,
		struct cgn_export_ipfix_fields *f)
{
	enum cgn_export_ipfix_layout layout = w->layouts[id - CGN_EXPORT_IPFIX_BEFORE];
	size_t skip = layout == CGN_EXPORT_IPFIX_LAYOUT_NUMBERS
			? offsetof(struct cgn_export_ipfix_fields, time)
			: 0;
	GError *error = NULL;
	bool is_good;

	select_template(w, (uint16_t)id, (uint16_t)layout);
	is_good = fBufAppend(w->buf, (uint8_t *)f + skip, sizeof(*f) - skip, &error);
	return note_record(w, is_good, error);
}

/* A gap changes the statistics of RFC 7011 section 4.3. */
static void
note_gap(struct cgn_export_ipfix_writer *w, const struct cgn_record *gap)
{
	if (w->losses.not_sent == 0)
		w->losses.time = gap->time;
	w->losses.time_last = gap->time;
	w->losses.not_sent += cgn_record_gap_size(gap);
	w->must_tell_losses = true;
}

/* @return false: they have to wait for the next message */
static bool
tell_losses(struct cgn_export_ipfix_writer *w)
{
	if (w->must_tell_losses && add_fields(w, CGN_EXPORT_IPFIX_LOSSES, &w->losses))
		w->must_tell_losses = false;
	return !w->must_tell_losses;
}

static void
fill_pool(const struct cgn_export_ipfix_writer *w, uint32_t number,
		struct cgn_export_ipfix_fields *f)
{
	*f = (struct cgn_export_ipfix_fields){
		.pool = number,
		.pool_name = cgn_export_ipfix_fields_text(
				cgn_export_pools_name(&w->run.origin->pools, number)),
	};
}

static bool
was_told(const struct cgn_export_ipfix_writer *w, uint32_t number)
{
	for (uint32_t i = 0; i < TOLD_MAX; i++) {
		if (w->told[i] == number)
			return true;
	}
	return false;
}

static void
note_told(struct cgn_export_ipfix_writer *w, uint32_t number)
{
	w->told[w->told_at++ % TOLD_MAX] = number;
}

/* A reload may have made the pool. Its name comes before the first record of it. @param number  0: the record has none
 * @return false: it has to wait for the next message */
static bool
tell_pool(struct cgn_export_ipfix_writer *w, uint32_t number)
{
	struct cgn_export_ipfix_fields f;

	if (number == 0 || was_told(w, number))
		return true;
	fill_pool(w, number, &f);
	if (!add_fields(w, CGN_EXPORT_IPFIX_POOL, &f))
		return false;
	note_told(w, number);
	w->is_told = true;
	return true;
}

bool
cgn_export_ipfix_message_add(struct cgn_export_ipfix_writer *w, const struct cgn_record *r)
{
	struct cgn_export_ipfix_fields f;
	enum cgn_export_ipfix_template id = cgn_export_ipfix_fields_fill(&f, &w->run, r);

	if (!tell_losses(w) || !tell_pool(w, f.pool) || !add_fields(w, id, &f))
		return false;
	if (r->event == CGN_RECORD_GAP)
		note_gap(w, r);
	return true;
}

/* @return false: there is nothing in it */
static bool
emit(struct cgn_export_ipfix_writer *w, struct cgn_export_ipfix_message *out)
{
	GError *error = NULL;
	bool is_good;

	if (!w->has_content)
		return false;
	is_good = fBufEmit(w->buf, &error);
	assert(is_good);
	(void)is_good;
	out->len = (uint16_t)fbExporterGetMsgLen(w->exporter);
	out->n_records = w->n_records;
	memcpy(out->data, w->sent, out->len);
	drop_empty_set(out);
	w->n_records = 0;
	w->has_content = false;
	return true;
}

/* --- templates --------------------------------------------------------------------------------- */

static void
end_templates(struct cgn_export_ipfix_writer *w)
{
	assert(w->n_templates < TEMPLATES_MAX);
	if (emit(w, &w->templates[w->n_templates]))
		w->n_templates++;
}

static bool
try_template(struct cgn_export_ipfix_writer *w, uint16_t id)
{
	GError *error = NULL;
	bool is_good = fbSessionExportTemplate(fBufGetSession(w->buf), id, &error);

	w->has_content |= is_good;
	return fits(is_good, error);
}

static void
write_template(struct cgn_export_ipfix_writer *w, uint16_t id)
{
	bool is_good = try_template(w, id);

	if (!is_good) {
		end_templates(w);
		is_good = try_template(w, id);
	}
	assert(is_good);
}

static void
write_option(struct cgn_export_ipfix_writer *w, enum cgn_export_ipfix_template id,
		struct cgn_export_ipfix_fields *f)
{
	bool is_good = add_fields(w, id, f);

	if (!is_good) {
		end_templates(w);
		is_good = add_fields(w, id, f);
	}
	assert(is_good);
}

static bool
try_type(struct cgn_export_ipfix_writer *w, uint16_t number)
{
	const uint16_t id = CGN_EXPORT_IPFIX_SCHEMA_TYPES;
	GError *error = NULL;
	const fbInfoElement_t *e = fbInfoModelGetElementByID(
			w->model, number, CGN_EXPORT_IPFIX_PEN);
	bool is_good = fbInfoElementWriteOptionsRecord(w->buf, e, id, id, &error);

	return note_record(w, is_good, error);
}

static void
write_types(struct cgn_export_ipfix_writer *w)
{
	size_t n;
	const uint16_t *elements = cgn_export_ipfix_schema_elements(&n);

	for (size_t i = 0; i < n; i++) {
		bool is_good = try_type(w, elements[i]);

		if (!is_good) {
			end_templates(w);
			is_good = try_type(w, elements[i]);
		}
		assert(is_good);
	}
}

/* Write the names of the domain and of pools, in messages behind those that are fixed. */
static void
write_names(struct cgn_export_ipfix_writer *w)
{
	const struct cgn_export_origin *o = w->run.origin;
	struct cgn_export_ipfix_fields f = {
		.boot = w->run.boot,
		.domain = w->domain,
		.process = (uint32_t)o->pid,
		.domain_name = cgn_export_ipfix_fields_text(o->instance),
		.host = cgn_export_ipfix_fields_text(o->host),
	};

	w->n_templates = w->n_fixed;
	write_option(w, CGN_EXPORT_IPFIX_DOMAIN, &f);
	for (uint32_t i = 0; i < TOLD_MAX; i++) {
		if (w->told[i] == 0)
			continue;
		fill_pool(w, w->told[i], &f);
		write_option(w, CGN_EXPORT_IPFIX_POOL, &f);
	}
	end_templates(w);
}

/* Types come first: a collector must know them when it sees the templates that use them. */
static void
write_templates(struct cgn_export_ipfix_writer *w)
{
	write_template(w, CGN_EXPORT_IPFIX_SCHEMA_TYPES);
	write_types(w);
	for (uint16_t id = CGN_EXPORT_IPFIX_BEFORE + 1; id < CGN_EXPORT_IPFIX_END; id++)
		write_template(w, id);
	end_templates(w);
	w->n_fixed = w->n_templates;
	write_names(w);
}

bool
cgn_export_ipfix_message_end(
		struct cgn_export_ipfix_writer *w, struct cgn_export_ipfix_message *out)
{
	(void)tell_losses(w);
	if (!emit(w, out))
		return false;
	/* One message is written at a time, so the names wait for the end of this one. */
	if (w->is_told) {
		w->is_told = false;
		w->has_news = true;
		write_names(w);
	}
	return true;
}

bool
cgn_export_ipfix_message_take_news(struct cgn_export_ipfix_writer *w)
{
	bool has_news = w->has_news;

	w->has_news = false;
	return has_news;
}

struct cgn_export_ipfix_message *
cgn_export_ipfix_message_templates(struct cgn_export_ipfix_writer *w, size_t *n)
{
	*n = w->n_templates;
	return w->templates;
}

/* --- life -------------------------------------------------------------------------------------- */

int
cgn_export_ipfix_message_create(struct cgn_export_ipfix_writer **out,
		const struct cgn_export_origin *origin, uint32_t domain)
{
	struct cgn_export_ipfix_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -ENOMEM;
	cgn_export_ipfix_fields_begin(&w->run, origin);
	w->losses.process = (uint32_t)origin->pid;
	for (unsigned int id = CGN_EXPORT_IPFIX_BEFORE + 1; id < CGN_EXPORT_IPFIX_END; id++)
		w->layouts[id - CGN_EXPORT_IPFIX_BEFORE] = cgn_export_ipfix_schema_layout(id);
	w->model = cgn_export_ipfix_schema_model();
	w->exporter = fbExporterAllocBuffer(w->sent, sizeof(w->sent));
	w->buf = fBufAllocForExport(cgn_export_ipfix_schema_session(w->model, domain), w->exporter);
	/* A message ends when the caller says so. */
	fBufSetAutomaticMode(w->buf, FALSE);
	w->domain = domain;
	for (size_t p = 0; p < CGN_POOLS_MAX; p++) {
		if (origin->pools.now[p] != 0)
			note_told(w, origin->pools.now[p]);
	}
	write_templates(w);
	*out = w;
	return 0;
}

void
cgn_export_ipfix_message_destroy(struct cgn_export_ipfix_writer *w)
{
	if (w == NULL)
		return;
	fBufFree(w->buf); /* and the session and the exporter */
	fbInfoModelFree(w->model);
	free(w);
}
