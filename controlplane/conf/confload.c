/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and compares a configuration in a thread of its own, for reload.c, because a large file or a slow
 * disk would stop the control thread.
 */
#include "controlplane/conf/confload.h"

#include "controlplane/conf/conf_diff.h"
#include "controlplane/conf/conf_place.h"
#include "controlplane/conf/conf_show.h"
#include "shared/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICE 10 /* this thread gives way to the control thread, which uses the same core */

/* The owner releases the struct. If it has abandoned it before the comparison, the reading thread does. */
enum phase {
	READING,
	COMPARING,
	ABANDONED,
};

struct cgn_confload {
	_Atomic(int) phase;
	sem_t done; /* posted when the thread has used the struct for the last time */
	char *path;
	struct cgn_confload_job job;
	int wake_fd; /* of the thread, which closes it */
	struct cgn_confload_result result;
};

static _Atomic(unsigned int) n_discarding; /* threads that free results */

static void
confload_differs(void *arg, const struct cgn_conf_diff *diff)
{
	struct cgn_confload_result *r = arg;
	struct cgn_confload_keys *keys = diff->needs_restart ? &r->restart : &r->live;

	if (keys->n < CGN_CONFLOAD_KEYS_MAX)
		keys->path[keys->n] = strdup(diff->path);
	keys->n++;
}

static void
confload_snapshot(struct cgn_confload_result *r, const struct cgn_confload_job *job)
{
	char why[CGN_PLANES_WHY_MAX];

	r->ret = job->planes->snapshot_create(job->planes->ctx, r->conf, &r->snapshot, why);
	if (r->ret == 0 || why[0] == '\0')
		return;
	if (r->errs.file == NULL)
		r->errs.file = strdup(job->path);
	cgn_conf_errors_add(&r->errs, 0, 0, "pools", "addresses", "%s", why);
}

/* Find places of names that are gone, of which no worker has anything any more. All workers use the configuration in
 * which they are gone, so nothing comes back. */
static void
confload_find_free(const struct cgn_confload_job *job, struct cgn_conf_free_places *free)
{
	for (size_t i = 0; i < job->use->n_pools; i++)
		free->pool[i] = job->use->pools[i].is_gone;
	for (size_t i = 0; i < job->use->n_groups; i++)
		free->group[i] = job->use->groups[i].is_gone;
	for (unsigned int w = 0; w < job->planes->n_workers; w++) {
		const struct cgn_stats *s = job->planes->workers[w].stats;

		for (size_t i = 0; i < job->use->n_pools; i++)
			free->pool[i] &= cgn_counter_get(&s->pool[i].addresses) == 0;
		for (size_t i = 0; i < job->use->n_groups; i++)
			free->group[i] &= cgn_counter_get(&s->group[i].subscribers) == 0;
	}
}

/* Compare, and make the snapshot if the file can be used. */
static void
confload_compare(struct cgn_confload_result *r, const struct cgn_confload_job *job)
{
	if (r->ret == 0) {
		struct cgn_conf_free_places free = { 0 };

		confload_find_free(job, &free);
		r->ret = cgn_conf_place(r->conf, job->use, &free, &r->errs);
		if (r->ret < 0) {
			cgn_conf_free(r->conf);
			r->conf = NULL;
		}
	}
	if (r->ret == 0 && cgn_conf_diff_walk(job->use, r->conf, confload_differs, r) < 0)
		r->ret = -ENOMEM;
	if (r->ret == 0 && r->restart.n == 0 && r->live.n > 0)
		confload_snapshot(r, job);
}

/* FNV-1a, 64 bits, of all keys and values. */
static void
confload_digest(struct cgn_confload_result *r)
{
	char *text;

	if (r->ret == 0)
		r->ret = cgn_conf_show_json(r->conf, &text);
	if (r->ret < 0)
		return;
	r->digest = UINT64_C(0xcbf29ce484222325);
	for (const char *p = text; *p != '\0'; p++)
		r->digest = (r->digest ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	free(text);
}

static void
confload_load(struct cgn_confload_result *r, const struct cgn_confload_job *job)
{
	*r = (struct cgn_confload_result){ .snapshot_free = job->planes->snapshot_free,
		.conf = job->given };
	if (job->given == NULL)
		r->ret = cgn_conf_load(job->path, &r->conf, &r->errs);
	confload_digest(r);
}

void
cgn_confload_read(struct cgn_confload_result *out, const struct cgn_confload_job *job)
{
	confload_load(out, job);
	confload_compare(out, job);
}

static void
free_keys(struct cgn_confload_keys *keys)
{
	for (size_t i = 0; i < keys->n && i < CGN_CONFLOAD_KEYS_MAX; i++)
		free(keys->path[i]);
}

void
cgn_confload_fini(struct cgn_confload_result *result)
{
	/* It points to the configuration, so it is freed first. */
	if (result->snapshot != NULL)
		result->snapshot_free(result->snapshot);
	cgn_conf_free(result->conf);
	cgn_conf_errors_fini(&result->errs);
	free_keys(&result->live);
	free_keys(&result->restart);
	*result = (struct cgn_confload_result){ 0 };
}

static void *
discard(void *arg)
{
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	cgn_confload_fini(arg);
	free(arg);
	atomic_fetch_sub(&n_discarding, 1);
	return NULL;
}

void
cgn_confload_discard(struct cgn_confload_result *result)
{
	/* To free a large configuration takes long, so a thread does it. */
	struct cgn_confload_result *taken = malloc(sizeof(*taken));
	pthread_t thread;

	if (taken != NULL) {
		*taken = *result;
		atomic_fetch_add(&n_discarding, 1);
		if (cgn_thread_start(&thread, discard, taken) == 0) {
			pthread_detach(thread);
			*result = (struct cgn_confload_result){ 0 };
			return;
		}
		atomic_fetch_sub(&n_discarding, 1);
		free(taken);
	}
	cgn_confload_fini(result);
}

void
cgn_confload_wait(void)
{
	/* At the end of cgnd: nothing else has to be done meanwhile. */
	while (atomic_load(&n_discarding) > 0)
		(void)poll(NULL, 0, 1);
}

static void
confload_release(struct cgn_confload *l)
{
	sem_destroy(&l->done);
	free(l->path);
	free(l);
}

static void *
confload_work(void *arg)
{
	struct cgn_confload *l = arg;
	const uint64_t one = 1;
	int phase = READING, wake_fd = l->wake_fd;
	ssize_t written;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	confload_load(&l->result, &l->job);
	/* Pairs with cgn_confload_abandon(). If the owner has abandoned this, the configuration in use may
	 * be freed already, so nothing is compared. */
	if (!atomic_compare_exchange_strong(&l->phase, &phase, COMPARING)) {
		cgn_confload_fini(&l->result);
		confload_release(l);
		close(wake_fd);
		return NULL;
	}
	confload_compare(&l->result, &l->job);
	/* The owner may release l from here on. It must not wait for this thread to end: on a busy core that
	 * takes long, because this thread gives way to others. */
	sem_post(&l->done);
	written = write(wake_fd, &one, sizeof(one)); /* an eventfd has room for it always */
	(void)written;
	close(wake_fd);
	return NULL;
}

int
cgn_confload_start(struct cgn_confload **out, const struct cgn_confload_job *job, int wake_fd)
{
	struct cgn_confload *l = calloc(1, sizeof(*l));
	pthread_t thread;
	int ret = -ENOMEM;

	if (l == NULL)
		return ret;
	sem_init(&l->done, 0, 0);
	l->job = *job;
	l->job.path = l->path = strdup(job->path);
	/* A copy, because an abandoned thread may outlive the descriptor of the caller. */
	l->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
	if (l->wake_fd < 0)
		ret = -errno;
	else if (l->path != NULL)
		ret = cgn_thread_start(&thread, confload_work, l);
	if (ret < 0) {
		if (l->wake_fd >= 0)
			close(l->wake_fd);
		confload_release(l);
		return ret;
	}
	pthread_detach(thread);
	*out = l;
	return 0;
}

void
cgn_confload_end(struct cgn_confload *l, struct cgn_confload_result *out)
{
	while (sem_wait(&l->done) < 0)
		; /* a signal has interrupted it */
	*out = l->result;
	confload_release(l);
}

void
cgn_confload_abandon(struct cgn_confload *l)
{
	struct cgn_confload_result result;
	int phase = READING;

	/* After the exchange, the other thread may release l at any time. If it is comparing already, wait
	 * for it: it uses the configuration of the caller. */
	if (l == NULL || atomic_compare_exchange_strong(&l->phase, &phase, ABANDONED))
		return;
	cgn_confload_end(l, &result);
	cgn_confload_fini(&result);
}
