/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/telfix.h"

#include "shared/dpdk_compat.h"
#include "shared/percent.h"
#include "tests/support/planefix.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <rte_telemetry.h>

#define PATHS_MAX  32
#define BIG_STRING 8192 /* octets of a text that is the whole answer */

struct rte_tel_data {
	json_t *value;
	struct rte_tel_data *inside; /* dicts that were added: they go with this one */
	struct rte_tel_data *next;
};

struct path {
	char name[64];
	telemetry_cb fn;
};

unsigned int tel_n_wrong;

static struct path paths[PATHS_MAX];
static unsigned int n_paths;

static void
wrong(const char *what, const char *about)
{
	fprintf(stderr, "telemetry: %s: %s\n", what, about);
	tel_n_wrong++;
}

/* Names as all releases of DPDK take them. A name that is there twice makes JSON that says two things. */
static void
check_name(const struct rte_tel_data *d, const char *name)
{
	if (!json_is_object(d->value))
		wrong("no dict was started", name);
	if (strlen(name) >= RTE_TEL_MAX_STRING_LEN || name[0] == '\0')
		wrong("bad length of a name", name);
	for (const char *c = name; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_')
			wrong("bad character of a name", name);
	}
	if (json_object_get(d->value, name) != NULL)
		wrong("a name twice", name);
	if (json_object_size(d->value) >= RTE_TEL_MAX_DICT_ENTRIES)
		wrong("too many names", name);
}

int
rte_tel_data_start_dict(struct rte_tel_data *d)
{
	json_decref(d->value);
	d->value = json_object();
	return 0;
}

/* DPDK 22.11 makes wrong JSON of other octets. */
static void
need_ascii(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c >= 0x80)
			wrong("text is not ASCII", text);
	}
}

int
rte_tel_data_string(struct rte_tel_data *d, const char *text)
{
	if (strlen(text) >= BIG_STRING)
		wrong("text is too long", text);
	need_ascii(text);
	json_decref(d->value);
	d->value = json_string(text);
	return 0;
}

int
rte_tel_data_add_dict_string(struct rte_tel_data *d, const char *name, const char *text)
{
	char cut[RTE_TEL_MAX_STRING_LEN];

	if (strlen(text) >= sizeof(cut))
		wrong("text is too long", text);
	need_ascii(text);
	check_name(d, name);
	snprintf(cut, sizeof(cut), "%s", text);
	return json_object_set_new(d->value, name, json_string(cut));
}

int
rte_tel_data_add_dict_uint(struct rte_tel_data *d, const char *name, uint64_t n)
{
	check_name(d, name);
	return json_object_set_new(d->value, name, json_integer((json_int_t)n));
}

int
rte_tel_data_start_array(struct rte_tel_data *d, enum rte_tel_value_type type)
{
	if (type != RTE_TEL_STRING_VAL)
		wrong("an array of something else than texts", "");
	json_decref(d->value);
	d->value = json_array();
	return 0;
}

int
rte_tel_data_add_array_string(struct rte_tel_data *d, const char *text)
{
	if (strlen(text) >= RTE_TEL_MAX_STRING_LEN)
		wrong("text is too long", text);
	return json_array_append_new(d->value, json_string(text));
}

/* A dict inside of another one is filled later and released with that. */
int
rte_tel_data_add_dict_container(
		struct rte_tel_data *d, const char *name, struct rte_tel_data *inside, int keep)
{
	check_name(d, name);
	if (keep != 0)
		wrong("a dict that is kept", name);
	inside->next = d->inside;
	d->inside = inside;
	return json_object_set(d->value, name, inside->value);
}

struct rte_tel_data *
rte_tel_data_alloc(void)
{
	return calloc(1, sizeof(struct rte_tel_data));
}

void
rte_tel_data_free(struct rte_tel_data *d)
{
	while (d->inside != NULL) {
		struct rte_tel_data *one = d->inside;

		d->inside = one->next;
		rte_tel_data_free(one);
	}
	json_decref(d->value);
	free(d);
}

int
rte_telemetry_register_cmd(const char *name, telemetry_cb fn, const char *help)
{
	/* DPDK's own libraries register theirs. */
	if (strncmp(name, "/cgn/", 5) != 0)
		return 0;
	for (unsigned int i = 0; i < n_paths; i++) {
		if (strcmp(paths[i].name, name) == 0)
			return -EEXIST;
	}
	if (n_paths == PATHS_MAX || strlen(name) >= sizeof(paths[0].name) || help == NULL)
		return -EINVAL;
	strcpy(paths[n_paths].name, name);
	paths[n_paths++].fn = fn;
	return 0;
}

unsigned int
tel_n_paths(void)
{
	return n_paths;
}

struct rte_tel_data *
tel_new(void)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	return d;
}

json_t *
tel_json(struct rte_tel_data *d)
{
	json_t *value = json_incref(d->value);

	rte_tel_data_free(d);
	return value;
}

size_t
tel_size(const char *path, const json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t n = strlen(text) + strlen(path) + sizeof("{\"\":}");

	free(text);
	return n;
}

/* --- asking -------------------------------------------------------------------------------- */

struct question {
	const struct path *path;
	const char *params;
	struct rte_tel_data *out;
	int ret;
	atomic_bool is_answered;
};

static void *
call(void *arg)
{
	struct question *q = arg;

	q->ret = q->path->fn(q->path->name, q->params, q->out);
	atomic_store(&q->is_answered, true);
	return NULL;
}

static json_t *
ask(const char *path, const char *params, bool do_workers_work)
{
	struct question q = { .params = params, .out = tel_new() };
	pthread_t thread;

	for (unsigned int i = 0; i < n_paths; i++) {
		if (strcmp(paths[i].name, path) == 0)
			q.path = &paths[i];
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(q.path);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, call, &q), 0);
	while (!atomic_load(&q.is_answered)) {
		if (do_workers_work) {
			pf_work();
		} else {
			pf_turn();
			pf.now_ms += 10;
		}
		usleep(50);
	}
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(q.ret, 0);
	return tel_json(q.out);
}

json_t *
tel_ask(const char *path, const char *params)
{
	return ask(path, params, true);
}

json_t *
tel_ask_alone(const char *path, const char *params)
{
	return ask(path, params, false);
}

void
tel_long(const json_t *row, const char *name, char *text, size_t size)
{
	static char encoded[TEL_ANSWER_MAX];
	const char *part = "";
	char key[64];

	encoded[0] = '\0';
	for (unsigned int i = 0; part != NULL; i++) {
		snprintf(key, sizeof(key), "%s_%u", name, i);
		part = json_string_value(json_object_get(row, key));
		if (part != NULL)
			strncat(encoded, part, sizeof(encoded) - strlen(encoded) - 1);
	}
	if (cgn_percent_decode(encoded) < 0)
		wrong("text is not percent encoded", name);
	snprintf(text, size, "%s", encoded);
}
