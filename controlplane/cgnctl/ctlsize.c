/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds out what to size, and prints the results.
 */
#include "controlplane/cgnctl/ctlsize.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctlsizing.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_json.h"
#include "shared/choice.h"
#include "shared/ctl.h"
#include "shared/det.h"
#include "shared/group.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAMPLE_S        2 /* between two readings of counters */
#define SUBSCRIBERS_MAX 1e9

/* What a running cgnd has. */
struct reading {
	const char *group;  /* that is sized */
	const char *pool;   /* of it */
	double subscribers; /* of the group */
	double mappings;
	double leases;
	double made;             /* mappings since the start */
	double pool_subscribers; /* of all groups that have the pool */
	double pool_blocks;
	double all;      /* subscribers of all groups */
	double sessions; /* of them */
	double received; /* packets since the start, of them */
};

/* --- the running cgnd -------------------------------------------------------------------------- */

static double
number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void
add_pools(void *ctx, json_t *rows)
{
	struct reading *r = ctx;
	const char *key;
	json_t *pool;

	json_object_foreach(rows, key, pool)
	{
		if (strcmp(cgn_conf_json_text(pool, "pool"), r->pool) != 0)
			continue;
		r->pool_subscribers = number_of(pool, "subscribers");
		r->pool_blocks = number_of(pool, "blocks_used");
	}
}

static void
add_groups(void *ctx, json_t *rows)
{
	struct reading *r = ctx;
	const char *key;
	json_t *group;

	json_object_foreach(rows, key, group)
	{
		r->all += number_of(group, "subscribers");
		if (strcmp(cgn_conf_json_text(group, "group"), r->group) != 0)
			continue;
		r->subscribers = number_of(group, "subscribers");
		r->mappings = number_of(group, "mappings");
		r->leases = number_of(group, "leases");
		r->made = number_of(group, "mappings_made");
	}
}

static int
read_now(struct cgn_ctlsock *s, const struct cgn_ctlsizing_case *c, struct reading *r)
{
	json_t *verdicts, *counters;
	int ret;

	*r = (struct reading){ .group = c->group->name,
		.pool = c->conf->pools[c->group->pool].name };
	ret = cgn_ctlfetch_pages(s, "/cgn/pools", "", add_pools, r);
	if (ret == 0)
		ret = cgn_ctlfetch_pages(s, "/cgn/groups", "", add_groups, r);
	if (ret == 0)
		ret = cgn_ctlsock_ask(s, "/cgn/counters", &counters);
	if (ret < 0)
		return ret;
	r->sessions = number_of(json_object_get(counters, "gauges"), "sessions");
	json_decref(counters);
	ret = cgn_ctlsock_ask(s, "/cgn/verdicts", &verdicts);
	if (ret < 0)
		return ret;
	r->received = number_of(verdicts, "received");
	json_decref(verdicts);
	return 0;
}

/* The tail that makes this number of blocks. */
static double
tail_of(double blocks, unsigned int size)
{
	return size / -log(1 - 1 / fmax(blocks, 1.001));
}

/* The profile of the subscribers of a running cgnd. */
static int
measure(struct cgn_ctlsock *s, struct cgn_ctlsizing_case *c)
{
	static const struct timespec wait = { .tv_sec = SAMPLE_S };
	struct reading a, b;
	int ret = read_now(s, c, &a);

	if (ret == 0) {
		(void)nanosleep(&wait, NULL);
		ret = read_now(s, c, &b);
	}
	if (ret < 0)
		return ret;
	if (b.subscribers < 1) {
		fprintf(stderr, "cgnctl: group %s has no subscribers now: name a profile, and their number with --subscribers\n",
				c->group->name);
		return -ENOENT;
	}
	c->blocks = fmax(b.pool_blocks / fmax(b.pool_subscribers, 1), 1);
	if (c->subscribers <= 0)
		c->subscribers = b.subscribers;
	c->profile = (struct cgn_ctlfigures_profile){
		.name = "measured",
		.what = "the subscribers of this group now",
		.packets_per_s = (b.received - a.received) / SAMPLE_S / b.all,
		.mappings = b.mappings / b.subscribers,
		.new_mappings_per_s = (b.made - a.made) / SAMPLE_S / b.subscribers,
		.sessions = b.sessions / b.all,
		.leases = b.leases / b.subscribers,
		.tail = tail_of(c->blocks, c->group->block_size),
		.blocks_per_day = cgn_ctlfigures_find("residential")->blocks_per_day,
		.why = b.all > b.subscribers
				? "measured during 2 s: run this in the busy hour. Packets and sessions are those of the mean subscriber of all groups. Blocks per day are assumed"
				: "measured during 2 s: run this in the busy hour. Blocks per day are assumed",
	};
	return 0;
}

/* --- the case --------------------------------------------------------------------------------- */

/* @return 0 or the number; -1: not a number of subscribers */
static double
read_subscribers(const char *text)
{
	char *end;
	double n;

	if (text == NULL)
		return 0;
	n = isdigit((unsigned char)text[0]) ? strtod(text, &end) : 0;
	return n >= 1 && n <= SUBSCRIBERS_MAX && *end == '\0' && floor(n) == n ? n : -1;
}

static int
refuse_profile(const char *name)
{
	fprintf(stderr, "cgnctl: no profile %s: it can be", name);
	for (const struct cgn_ctlfigures_profile *p = cgn_ctlfigures_profiles; p->name != NULL; p++)
		fprintf(stderr, "%s%s", p == cgn_ctlfigures_profiles ? " " : ", ", p->name);
	fputc('\n', stderr);
	return -EINVAL;
}

static int
check_args(const struct cgn_ctlargs *args)
{
	if (args->profile != NULL && cgn_ctlfigures_find(args->profile) == NULL)
		return refuse_profile(args->profile);
	if (read_subscribers(args->subscribers) < 0)
		fprintf(stderr, "cgnctl: not a number of subscribers from 1 to 1000000000: %s\n",
				args->subscribers);
	else if (args->config != NULL && args->subscribers == NULL)
		fputs("cgnctl: with --config FILE, --subscribers N says how many there are\n",
				stderr);
	else
		return 0;
	return -EINVAL;
}

static bool
has_subscribers(const struct cgn_conf_group *g)
{
	return !g->is_gone && g->n_prefixes > 0;
}

/* Find the group to size. @param name  NULL: the first one with subscribers @return NULL: what is wrong was printed */
static const struct cgn_conf_group *
find_group(const struct cgn_conf *conf, const char *name, const char *path)
{
	char text[CGN_CHOICE_TEXT_MAX];
	struct cgn_choice there;

	cgn_choice_begin(&there, name == NULL ? "" : name);
	for (size_t g = 0; g < conf->n_groups; g++) {
		if (!has_subscribers(&conf->groups[g]))
			continue;
		if (name == NULL || strcmp(conf->groups[g].name, name) == 0)
			return &conf->groups[g];
		cgn_choice_add(&there, conf->groups[g].name);
	}
	if (name == NULL)
		fprintf(stderr, "cgnctl: %s has no group with subscribers\n", path);
	else
		fprintf(stderr, "cgnctl: %s\n", cgn_choice_text(&there, "group", text));
	return NULL;
}

/* How many subscribers share an address. 0: the group is not deterministic */
static int
count_shared(const struct cgn_conf *conf, const struct cgn_conf_group *group, unsigned int *n)
{
	struct cgn_det_set dets;
	int ret = cgn_det_set_init(&dets, conf);

	*n = 0;
	if (ret < 0)
		return ret;
	if (dets.by_group != NULL && dets.by_group[group - conf->groups] != NULL)
		*n = dets.by_group[group - conf->groups]->slots;
	cgn_det_set_fini(&dets);
	return 0;
}

static int
load(const char *path, struct cgn_conf **conf)
{
	struct cgn_conf_errors errs = { 0 };
	int ret = cgn_conf_load(path, conf, &errs);

	if (ret == -ENOMEM)
		fprintf(stderr, "cgnctl: %s: no memory\n", path);
	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	return ret;
}

/* --- output ----------------------------------------------------------------------------------- */

/* The other groups need addresses, cores and memory, too. */
static void
print_others(const struct cgn_ctlsizing_case *c, FILE *out)
{
	char name[CGN_CTLTABLE_CELL_MAX];
	bool is_first = true;

	for (size_t g = 0; g < c->conf->n_groups; g++) {
		if (&c->conf->groups[g] == c->group || !has_subscribers(&c->conf->groups[g]))
			continue;
		fprintf(out, "%s%s", is_first ? "not in these numbers: --group " : ", ",
				cgn_ctltable_escape(name, sizeof(name), c->conf->groups[g].name));
		is_first = false;
	}
	fputs(is_first ? "" : "\n", out);
}

static void
print_limits(const struct cgn_ctlsizing *s, FILE *out)
{
	for (unsigned int i = 0; i < s->n_limits; i++) {
		const struct cgn_ctlsizing_limit *l = &s->limits[i];

		fprintf(out, "%stoo small: %s is %.0f, and needs %.0f (%s)\n", i == 0 ? "\n" : "",
				l->key, l->value, l->needs, l->why);
	}
}

static void
print_text(const struct cgn_ctlsizing *s, const struct cgn_ctlsizing_case *c, FILE *out)
{
	const struct cgn_ctlfigures_profile *p = &c->profile;
	char name[CGN_CTLTABLE_CELL_MAX];

	fprintf(out, "%.0f subscribers of group %s, profile %s: %s (%s)\n", c->subscribers,
			cgn_ctltable_escape(name, sizeof(name), c->group->name), p->name, p->what,
			p->why);
	fprintf(out, "each, in the busy hour: %.4g packets a second, %.4g mappings, %.3g new ones a second, %.3g sessions, %.3g leases\n",
			p->packets_per_s, p->mappings, p->new_mappings_per_s, p->sessions,
			p->leases);
	print_others(c, out);
	fputc('\n', out);
	for (unsigned int i = 0; i < CGN_CTLSIZING_COUNT; i++) {
		const struct cgn_ctlsizing_row *r = &s->rows[i];

		fprintf(out, "%-38s %12.*f   %s\n", r->title, (int)r->decimals, r->value,
				r->formula);
	}
	fputs("Plan a quarter more addresses than this: SIZING.md says why.\n", out);
	print_limits(s, out);
}

static json_t *
profile_json(const struct cgn_ctlsizing_case *c)
{
	const struct cgn_ctlfigures_profile *p = &c->profile;

	return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "profile", p->name,
			"group", c->group->name, "subscribers", c->subscribers, "packets_per_s",
			p->packets_per_s, "mappings", p->mappings, "new_mappings_per_s",
			p->new_mappings_per_s, "sessions", p->sessions, "leases", p->leases, "tail",
			p->tail, "blocks_per_day", p->blocks_per_day);
}

static json_t *
figures_json(void)
{
	json_t *o = json_object();

	for (unsigned int i = 0; i < CGN_CTLFIGURE_COUNT; i++) {
		const struct cgn_ctlfigure_row *f = &cgn_ctlfigures[i];

		json_object_set_new(o, f->key,
				json_pack("{s:f, s:s, s:s, s:s}", "value", f->value, "unit",
						f->unit, "of", f->what, "source", f->source));
	}
	return o;
}

static int
print_json(const struct cgn_ctlsizing *s, const struct cgn_ctlsizing_case *c, FILE *out)
{
	json_t *results = json_object(), *limits = json_array(), *all;

	for (unsigned int i = 0; i < CGN_CTLSIZING_COUNT; i++) {
		const struct cgn_ctlsizing_row *r = &s->rows[i];

		json_object_set_new(results, r->key,
				json_pack("{s:f, s:s}", "value", r->value, "formula", r->formula));
	}
	for (unsigned int i = 0; i < s->n_limits; i++) {
		const struct cgn_ctlsizing_limit *l = &s->limits[i];

		json_array_append_new(limits,
				json_pack("{s:s, s:f, s:f, s:s}", "key", l->key, "value", l->value,
						"needs", l->needs, "formula", l->why));
	}
	all = json_pack("{s:o, s:o, s:o, s:o}", "inputs", profile_json(c), "figures",
			figures_json(), "results", results, "too_small", limits);
	if (all == NULL)
		return -ENOMEM;
	json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	fputc('\n', out);
	json_decref(all);
	return 0;
}

/* --- the command ------------------------------------------------------------------------------ */

/* @param s  a running cgnd to measure; NULL: the profile says all */
static int
size_by(struct cgn_ctlsock *s, const char *path, const struct cgn_ctlargs *args, FILE *out)
{
	const char *profile = args->profile == NULL ? "residential" : args->profile;
	struct cgn_ctlsizing_case c = {
		.subscribers = read_subscribers(args->subscribers),
		.profile = *cgn_ctlfigures_find(profile),
	};
	struct cgn_ctlsizing sizing;
	struct cgn_conf *conf;
	int ret = load(path, &conf);

	if (ret < 0)
		return ret;
	c.conf = conf;
	c.group = find_group(conf, args->group, path);
	if (c.group == NULL)
		ret = -ENOENT;
	if (ret == 0)
		ret = count_shared(conf, c.group, &c.shared);
	if (ret == 0 && s != NULL)
		ret = measure(s, &c);
	if (ret == 0)
		cgn_ctlsizing_run(&sizing, &c);
	if (ret == 0 && args->want_json)
		ret = print_json(&sizing, &c, out);
	else if (ret == 0)
		print_text(&sizing, &c, out);
	cgn_conf_free(conf);
	return ret;
}

/* The file of the running cgnd, and what that cgnd has. */
static int
size_running(const struct cgn_ctlargs *args, FILE *out)
{
	struct cgn_ctlsock *s;
	json_t *status = NULL;
	const char *path;
	int ret = cgn_ctlsock_open(&s, &(struct cgn_ctlsock_cfg){ .prefix = args->prefix });

	if (ret < 0) {
		fprintf(stderr, "cgnctl: no cgnd with telemetry prefix \"%s\" answers: --config FILE and --subscribers N size without one\n",
				args->prefix);
		return ret;
	}
	ret = cgn_ctlsock_ask(s, "/cgn/config/status", &status);
	path = ret < 0 ? NULL : cgn_conf_json_text(status, "file");
	if (path == NULL) {
		fputs("cgnctl: this cgnd does not tell its configuration file: name it with --config\n",
				stderr);
		ret = -ENOENT;
	} else {
		ret = size_by(args->profile == NULL ? s : NULL, path, args, out);
	}
	if (ret == -EIO)
		fprintf(stderr, "cgnctl: %s\n", cgn_ctlsock_error(s));
	json_decref(status);
	cgn_ctlsock_close(s);
	return ret;
}

int
cgn_ctlsize(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	int ret = check_args(args);

	(void)s;
	if (ret < 0)
		return ret;
	if (args->config != NULL)
		return size_by(NULL, args->config, args, out);
	return size_running(args, out);
}
