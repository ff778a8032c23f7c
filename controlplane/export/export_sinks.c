/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Creates sinks by the configuration, and lets removed ones end by themselves.
 */
#include "controlplane/export/export_sinks.h"

#include "controlplane/export/export_file.h"
#include "controlplane/export/export_ipfix.h"
#include "controlplane/export/export_producer.h"
#include "controlplane/export/export_syslog.h"

#include <errno.h>
#include <string.h>

/* --- one sink ---------------------------------------------------------------------------------- */

static int
create_ipfix(struct cgn_export_ipfix **out, const struct cgn_conf_export_sink *conf,
		const struct cgn_export_net_cfg *net, const struct cgn_export_origin *origin)
{
	const struct cgn_export_ipfix_cfg cfg = {
		.net = *net,
		.domain = conf->domain,
		.templates_every_s = conf->templates_every_s,
		.connect_every_s = conf->connect_every_s,
	};

	return cgn_export_ipfix_create(out, &cfg, origin);
}

/* What a sink writes to. */
static int
create_receiver(const struct cgn_conf_export_sink *conf, const struct cgn_export_origin *origin,
		const struct cgn_export_sink_ops **ops, void **ctx)
{
	const struct cgn_export_net_cfg net = {
		.to = &conf->to,
		.ca = conf->ca,
		.cert = conf->cert,
		.key = conf->key,
		.timeout_ms = CGN_EXPORT_NET_TIMEOUT_MS,
	};

	struct cgn_export_file *file = NULL;
	struct cgn_export_syslog *syslog = NULL;
	struct cgn_export_ipfix *ipfix = NULL;
	int ret = -ENOTSUP;

	switch (conf->type) {
	case CGN_EXPORT_FILE:
		ret = cgn_export_file_create(&file, conf->path, origin);
		*ops = &cgn_export_file_ops;
		*ctx = file;
		break;
	case CGN_EXPORT_SYSLOG:
		ret = cgn_export_syslog_create(&syslog, &net, origin);
		*ops = &cgn_export_syslog_ops;
		*ctx = syslog;
		break;
	case CGN_EXPORT_IPFIX:
		ret = create_ipfix(&ipfix, conf, &net, origin);
		*ops = &cgn_export_ipfix_ops;
		*ctx = ipfix;
		break;
	}
	return ret;
}

static int
create_sink(struct cgn_export_sink **out, const struct cgn_export_sinks *s,
		const struct cgn_conf_export *conf, size_t i)
{
	const struct cgn_export_sink_ops *ops;
	void *ctx;
	int ret = create_receiver(&conf->sinks[i], s->origin, &ops, &ctx);

	if (ret < 0)
		return ret;
	return cgn_export_sink_create(out, conf->sinks[i].name, ops, ctx, conf->queue_max,
			cgn_export_producer_count(s->origin->n_workers));
}

/* Whether a sink can stay as it is. The target is compared as it is configured. */
static bool
is_same(const struct cgn_conf_export_sink *a, const struct cgn_conf_export_sink *b)
{
	return a->type == b->type && strcmp(a->path, b->path) == 0 &&
			strcmp(a->target, b->target) == 0 && strcmp(a->ca, b->ca) == 0 &&
			strcmp(a->cert, b->cert) == 0 && strcmp(a->key, b->key) == 0 &&
			a->domain == b->domain && a->templates_every_s == b->templates_every_s &&
			a->connect_every_s == b->connect_every_s;
}

bool
cgn_export_sinks_are_same(const struct cgn_conf_export *a, const struct cgn_conf_export *b)
{
	bool are_same = a->n_sinks == b->n_sinks;

	for (size_t i = 0; are_same && i < a->n_sinks; i++)
		are_same = strcmp(a->sinks[i].name, b->sinks[i].name) == 0 &&
				is_same(&a->sinks[i], &b->sinks[i]);
	return are_same;
}

/* The present sink that can stay for a configured one. @return NULL: a new one is needed */
static struct cgn_export_sink *
find_same(const struct cgn_export_sinks *s, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to, size_t i)
{
	if (from == NULL || from->queue_max != to->queue_max)
		return NULL;
	for (size_t j = 0; j < s->now.n && j < from->n_sinks; j++) {
		if (strcmp(from->sinks[j].name, to->sinks[i].name) == 0)
			return is_same(&from->sinks[j], &to->sinks[i]) ? s->now.at[j] : NULL;
	}
	return NULL;
}

static bool
has_sink(const struct cgn_export_view *v, const struct cgn_export_sink *sink)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->at[i] == sink)
			return true;
	}
	return false;
}

/* --- changes ----------------------------------------------------------------------------------- */

/* Let the sinks of a view end that are not in the other one. */
static void
leave(struct cgn_export_sinks *s, const struct cgn_export_view *v,
		const struct cgn_export_view *stay, uint32_t wait_ms)
{
	for (size_t i = 0; i < v->n; i++) {
		if (has_sink(stay, v->at[i]))
			continue;
		cgn_export_sink_end(v->at[i], wait_ms);
		s->leaving[s->n_leaving++] = v->at[i];
	}
}

bool
cgn_export_sinks_must_wait(const struct cgn_export_sinks *s)
{
	return s->n_leaving + 2 * CGN_EXPORT_SINKS_MAX > CGN_EXPORT_LEAVING_MAX;
}

int
cgn_export_sinks_prepare(struct cgn_export_sinks *s, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to)
{
	int ret = 0;

	if (cgn_export_sinks_must_wait(s))
		return -EBUSY;
	s->next.n = 0;
	for (size_t i = 0; ret == 0 && i < to->n_sinks; i++) {
		struct cgn_export_sink *sink = find_same(s, from, to, i);

		if (sink == NULL)
			ret = create_sink(&sink, s, to, i);
		if (ret == 0)
			s->next.at[s->next.n++] = sink;
	}
	if (ret < 0)
		cgn_export_sinks_abort(s);
	return ret;
}

void
cgn_export_sinks_abort(struct cgn_export_sinks *s)
{
	leave(s, &s->next, &s->now, CGN_EXPORT_SINK_END_MS);
	s->next.n = 0;
}

bool
cgn_export_sinks_has_changed(const struct cgn_export_sinks *s)
{
	return s->next.n != s->now.n ||
			memcmp(s->next.at, s->now.at, s->now.n * sizeof(s->now.at[0])) != 0;
}

void
cgn_export_sinks_commit(struct cgn_export_sinks *s)
{
	leave(s, &s->now, &s->next, CGN_EXPORT_SINK_END_MS);
	s->now = s->next;
	s->next.n = 0;
}

/* --- counters ---------------------------------------------------------------------------------- */

static void
add_stats(struct cgn_export_stats *sum, const struct cgn_export_sink *sink)
{
#define ADD_KIND(id, name)                                                        \
	sum->written_##id += cgn_export_sink_written(sink, CGN_RECORD_KIND_##id); \
	sum->lost_##id += cgn_export_sink_lost(sink, CGN_RECORD_KIND_##id);
	CGN_RECORD_KINDS(ADD_KIND)
#undef ADD_KIND
	sum->resent += cgn_export_sink_resent(sink);
	sum->failures += cgn_export_sink_failures(sink);
}

struct cgn_export_stats
cgn_export_sinks_stats(const struct cgn_export_sinks *s)
{
	struct cgn_export_stats sum = s->gone;

	for (size_t i = 0; i < s->now.n; i++) {
		add_stats(&sum, s->now.at[i]);
		sum.failing += cgn_export_sink_is_failing(s->now.at[i]) ? 1 : 0;
	}
	for (size_t i = 0; i < s->n_leaving; i++)
		add_stats(&sum, s->leaving[i]);
	return sum;
}

bool
cgn_export_sinks_is_taken(const struct cgn_export_view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (!cgn_export_sink_is_failing(v->at[i]) &&
				cgn_export_queue_count(cgn_export_sink_queue(v->at[i])) > 0)
			return false;
	}
	return true;
}

/* --- the end ----------------------------------------------------------------------------------- */

/* Release a sink that has ended, or that hangs. It may wait. */
static void
release(struct cgn_export_sinks *s, struct cgn_export_sink *sink)
{
	cgn_export_sink_wait(sink);
	add_stats(&s->gone, sink);
	s->has_hung |= !cgn_export_sink_destroy(sink);
}

void
cgn_export_sinks_reap(struct cgn_export_sinks *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_leaving; i++) {
		if (cgn_export_sink_is_over(s->leaving[i]))
			release(s, s->leaving[i]);
		else
			s->leaving[n++] = s->leaving[i];
	}
	s->n_leaving = n;
}

void
cgn_export_sinks_close(struct cgn_export_sinks *s, uint32_t wait_ms)
{
	/* Those that a reload has removed just before have no more time, either. */
	for (size_t i = 0; i < s->n_leaving; i++)
		cgn_export_sink_end(s->leaving[i], wait_ms);
	leave(s, &s->now, &s->next, wait_ms);
	s->now.n = 0;
	for (size_t i = 0; i < s->n_leaving; i++)
		release(s, s->leaving[i]);
	s->n_leaving = 0;
}
