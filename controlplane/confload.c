/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/confload.h"

#include "controlplane/conf/conf_diff.h"
#include "shared/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICE 10 /* packets for the control thread come first on the core that both use */

/* Who releases the struct: the owner, or the reading thread when it was abandoned before. */
enum phase {
	READING,
	COMPARING,
	ABANDONED,
};

struct cgn_confload {
	pthread_t thread;
	_Atomic(int) phase;
	char *path;
	const struct cgn_conf *use;
	int wake_fd;
	struct cgn_confload_result result;
};

static void
differs(void *arg, const char *path, bool needs_restart)
{
	struct cgn_confload_result *r = arg;
	struct cgn_confload_keys *keys = needs_restart ? &r->restart : &r->live;

	if (keys->n < CGN_CONFLOAD_KEYS_MAX)
		keys->path[keys->n] = strdup(path);
	keys->n++;
}

static void
compare(struct cgn_confload_result *r, const struct cgn_conf *use)
{
	if (r->ret == 0 && cgn_conf_diff_walk(use, r->conf, differs, r) < 0)
		r->ret = -ENOMEM;
}

static void
load(struct cgn_confload_result *r, const char *path)
{
	*r = (struct cgn_confload_result){ 0 };
	r->ret = cgn_conf_load(path, &r->conf, &r->errs);
}

void
cgn_confload_read(struct cgn_confload_result *out, const char *path, const struct cgn_conf *use)
{
	load(out, path);
	compare(out, use);
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
	return NULL;
}

void
cgn_confload_discard(struct cgn_confload_result *result)
{
	struct cgn_confload_result *taken = malloc(sizeof(*taken));
	pthread_t thread;

	if (taken != NULL) {
		*taken = *result;
		if (cgn_thread_start(&thread, discard, taken) == 0) {
			pthread_detach(thread);
			*result = (struct cgn_confload_result){ 0 };
			return;
		}
		free(taken);
	}
	cgn_confload_fini(result);
}

static void
release(struct cgn_confload *l)
{
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	free(l->path);
	free(l);
}

static void *
work(void *arg)
{
	struct cgn_confload *l = arg;
	const uint64_t one = 1;
	int phase = READING;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	load(&l->result, l->path);
	/* Pairs with abandon(): after it the configuration in use may be gone. */
	if (!atomic_compare_exchange_strong(&l->phase, &phase, COMPARING)) {
		cgn_confload_fini(&l->result);
		release(l);
		return NULL;
	}
	compare(&l->result, l->use);
	/* An eventfd has room for it always; the owner joins this thread before it reads the result. */
	if (write(l->wake_fd, &one, sizeof(one)) < 0)
		l->result.ret = -errno;
	return NULL;
}

int
cgn_confload_start(struct cgn_confload **out, const char *path, const struct cgn_conf *use,
		int wake_fd)
{
	struct cgn_confload *l = calloc(1, sizeof(*l));
	int ret = -ENOMEM;

	if (l == NULL)
		return ret;
	l->use = use;
	l->path = strdup(path);
	/* Its own descriptor: an abandoned thread may outlive the caller's. */
	l->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
	if (l->wake_fd < 0)
		ret = -errno;
	else if (l->path != NULL)
		ret = cgn_thread_start(&l->thread, work, l);
	if (ret < 0) {
		release(l);
		return ret;
	}
	*out = l;
	return 0;
}

void
cgn_confload_end(struct cgn_confload *l, struct cgn_confload_result *out)
{
	pthread_join(l->thread, NULL);
	*out = l->result;
	release(l);
}

void
cgn_confload_abandon(struct cgn_confload *l)
{
	struct cgn_confload_result result;
	int phase = READING;
	pthread_t thread;

	if (l == NULL)
		return;
	thread = l->thread; /* from the exchange on the other thread may release l */
	if (atomic_compare_exchange_strong(&l->phase, &phase, ABANDONED)) {
		pthread_detach(thread);
		return;
	}
	cgn_confload_end(l, &result);
	cgn_confload_fini(&result);
}
