/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/caps.h"
#include "shared/thread.h"
#include "tests/support/cu.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define BIT(cap)  (UINT64_C(1) << (cap))
#define N_THREADS 5

static int go[2]; /* a pipe: its end lets the threads go */

static void *
idle(void *is_deaf)
{
	sigset_t all;
	char c;

	sigfillset(&all);
	if (is_deaf != NULL)
		pthread_sigmask(SIG_BLOCK, &all, NULL);
	CU_ASSERT_EQUAL(read(go[0], &c, 1), 0);
	return NULL;
}

/* Half of them are made as those that write the log and the store. */
static void
start(pthread_t *threads, unsigned int n, void *is_deaf)
{
	CU_ASSERT_EQUAL_FATAL(pipe(go), 0);
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_EQUAL_FATAL(i % 2 == 0 ? pthread_create(&threads[i], NULL, idle, is_deaf)
						 : cgn_thread_start(&threads[i], idle, is_deaf),
				0);
}

static void
end(const pthread_t *threads, unsigned int n)
{
	close(go[1]);
	for (unsigned int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	close(go[0]);
}

/* Threads of this process, and all capabilities that any of them has in one of its sets. */
static unsigned int
look(uint64_t *bits)
{
	DIR *d = opendir("/proc/self/task");
	const struct dirent *e;
	unsigned int n = 0;

	*bits = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)) != NULL) {
		char path[300], line[256];
		uint64_t set;
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", e->d_name);
		f = fopen(path, "re");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		while (fgets(line, sizeof(line), f) != NULL) {
			if (sscanf(line, "CapPrm: %" SCNx64, &set) == 1 ||
					sscanf(line, "CapEff: %" SCNx64, &set) == 1 ||
					sscanf(line, "CapInh: %" SCNx64, &set) == 1)
				*bits |= set;
		}
		fclose(f);
		n++;
	}
	closedir(d);
	return n;
}

/* Threads that are there already lose them, too; what is kept is kept by all. */
static void
every_thread_gives_up_what_is_not_kept(void)
{
	uint64_t keep = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_BPF) | BIT(CAP_NET_ADMIN), before, after;
	pthread_t threads[N_THREADS];

	(void)look(&before);
	start(threads, N_THREADS, NULL);
	CU_ASSERT_EQUAL(cgn_caps_keep(keep), 0);
	CU_ASSERT_EQUAL(look(&after), N_THREADS + 1);
	CU_ASSERT_EQUAL(after, before & keep);
	/* There is no way back. */
	CU_ASSERT_EQUAL(cgn_caps_keep(UINT64_MAX), 0);
	(void)look(&after);
	CU_ASSERT_EQUAL(after, before & keep);
	end(threads, N_THREADS);
}

/* A slow thread is signalled more than once. What is still pending when it has dropped its capabilities must not end the
 * process. */
static void
late_signal_does_no_harm(void)
{
	pthread_t threads[N_THREADS];

	start(threads, N_THREADS, NULL);
	CU_ASSERT_EQUAL(cgn_caps_keep(BIT(CAP_IPC_LOCK)), 0);
	for (unsigned int i = 0; i < N_THREADS; i++)
		CU_ASSERT_EQUAL(pthread_kill(threads[i], CGN_SIG_CAPS), 0);
	CU_ASSERT_EQUAL(raise(CGN_SIG_CAPS), 0);
	end(threads, N_THREADS);
}

/* It is said when a thread cannot be told; the process lives on. */
static void
thread_that_takes_no_signal_is_an_error(void)
{
	pthread_t threads[1];
	bool is_root = false;
	uint64_t before;

	(void)look(&before);
	is_root = (before & BIT(CAP_NET_ADMIN)) != 0;
	start(threads, 1, &is_root);
	/* It may not have blocked the signal yet: then it is no such thread, but for a moment only. */
	usleep(200000);
	CU_ASSERT_EQUAL(cgn_caps_keep(BIT(CAP_DAC_OVERRIDE)), is_root ? -EBUSY : 0);
	end(threads, 1);
	CU_ASSERT_EQUAL(cgn_caps_keep(0), 0);
	(void)look(&before);
	CU_ASSERT_EQUAL(before, 0);
}

/* What cannot be looked at is not taken for done. */
static void
threads_that_cannot_be_looked_at_are_an_error(void)
{
	struct rlimit all, few = { 0 };

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &all), 0);
	few.rlim_max = all.rlim_max;
	few.rlim_cur = (rlim_t)dup(0); /* this and the directory can be opened, nothing more */
	close((int)few.rlim_cur);
	few.rlim_cur++;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &few), 0);
	CU_ASSERT_EQUAL(cgn_caps_keep(0), -EBUSY);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &all), 0);
}

/* Whoever is made later has no way to gain any. */
static void
no_thread_gains_privileges(void)
{
	cgn_caps_no_new();
	CU_ASSERT_EQUAL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

/* What stays in the kernel after the end, if it is not removed, needs the right to remove it. */
static void
drivers_keep_what_their_end_needs(void)
{
	CU_ASSERT_EQUAL(cgn_caps_of_driver("net_af_xdp"), BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_ADMIN));
	CU_ASSERT_EQUAL(cgn_caps_of_driver("mlx5_pci"), BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW));
	CU_ASSERT_EQUAL(cgn_caps_of_driver("net_tap"), BIT(CAP_NET_ADMIN));
	CU_ASSERT_EQUAL(cgn_caps_of_driver("net_af_packet"), 0);
	CU_ASSERT_EQUAL(cgn_caps_of_driver("net_ice"), 0);
	CU_ASSERT_EQUAL(cgn_caps_of_driver("net_memif"), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_thread_gives_up_what_is_not_kept),
	CU_TEST_ROW(thread_that_takes_no_signal_is_an_error),
	CU_TEST_ROW(threads_that_cannot_be_looked_at_are_an_error),
	CU_TEST_ROW(no_thread_gains_privileges), CU_TEST_ROW(drivers_keep_what_their_end_needs),
	CU_TEST_ROW(late_signal_does_no_harm), /* last: it keeps next to nothing */
};

CU_MAIN("caps", tests)
