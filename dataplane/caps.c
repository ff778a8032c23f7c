/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Dropping of root's privileges in all threads of the process, by a signal to each.
 */
#include "dataplane/caps.h"

#include "shared/log.h"
#include "shared/thread.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#define BIT(cap) (UINT64_C(1) << (cap))
/* 200 waits are two seconds. A thread that handles no signal for so long is given up. */
#define ROUNDS_MAX 200
#define WAIT_NS    10000000

CGN_LOG_TYPE("caps");

/* The format of the kernel: version 3 has two words for each set. */
struct sets {
	struct __user_cap_data_struct word[_LINUX_CAPABILITY_U32S_3];
};

static uint64_t keep_bits; /* read by the signal handler of each thread */

static const struct {
	const char *driver;
	uint64_t bits;
} needs[] = {
	/* On close the driver detaches its program from the interface, by netlink (NET_ADMIN), and before
	 * that finds it by its number (SYS_ADMIN). */
	{ "net_af_xdp", BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_ADMIN) },
	/* On close the driver sets the interface down. */
	{ "net_tap", BIT(CAP_NET_ADMIN) },
	/* The device is shared with the kernel's driver all the time. */
	{ "mlx4", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) },
	{ "mlx5", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) },
};

static const struct {
	unsigned int cap;
	const char *name;
} names[] = {
	{ CAP_DAC_OVERRIDE, "dac_override" },
	{ CAP_NET_ADMIN, "net_admin" },
	{ CAP_NET_RAW, "net_raw" },
	{ CAP_IPC_LOCK, "ipc_lock" },
	{ CAP_SYS_ADMIN, "sys_admin" },
};

uint64_t
cgn_caps_of_driver(const char *driver)
{
	for (size_t i = 0; i < RTE_DIM(needs); i++) {
		if (strncmp(driver, needs[i].driver, strlen(needs[i].driver)) == 0)
			return needs[i].bits;
	}
	return 0;
}

void
cgn_caps_no_new(void)
{
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Safe in a signal handler. @return 0 or -1, as the system call */
static long
read_sets(struct sets *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, s->word);
}

/* Drop what is not in keep_bits from this thread, for good. */
static void
drop_here(int sig)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	uint64_t keep = __atomic_load_n(&keep_bits, __ATOMIC_ACQUIRE);
	int saved = errno;
	struct sets s;

	(void)sig;
	/* Threads older than cgn_caps_no_new(), such as the one of the log, did not inherit the setting. */
	(void)syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (read_sets(&s) == 0) {
		for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
			s.word[i].permitted &= (uint32_t)(keep >> (32 * i));
			s.word[i].effective &= s.word[i].permitted;
			s.word[i].inheritable = 0;
		}
		(void)syscall(SYS_capset, &head, s.word);
	}
	errno = saved;
}

/* Capabilities that a thread may have, by /proc. @return 0: it has ended; all bits if /proc cannot be read */
static uint64_t
permitted(const char *tid)
{
	char path[64], line[256];
	uint64_t bits = UINT64_MAX;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/status", tid);
	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 0 : UINT64_MAX;
	errno = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "CapPrm: %" SCNx64, &bits) == 1)
			break;
	}
	if (errno == ESRCH) /* it ended while it was read */
		bits = 0;
	fclose(f);
	return bits;
}

/* Signal each thread that still has more than `keep`. @return how many there were, -errno */
static int
tell_threads(uint64_t keep, int sig)
{
	DIR *d = opendir("/proc/self/task");
	const struct dirent *e;
	int n = 0;

	if (d == NULL)
		return -errno;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || (permitted(e->d_name) & ~keep) == 0)
			continue;
		n++;
		(void)syscall(SYS_tgkill, getpid(), atoi(e->d_name), sig);
	}
	closedir(d);
	return n;
}

int
cgn_caps_keep(uint64_t keep)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };
	/* SA_RESTART: system calls that the signal interrupts go on. */
	const struct sigaction action = { .sa_handler = drop_here, .sa_flags = SA_RESTART };
	int sig = CGN_SIG_CAPS;
	int left = 1;

	__atomic_store_n(&keep_bits, keep, __ATOMIC_RELEASE);
	/* The handler stays. Each round signals the slow threads again, and a thread may have one of these signals
	 * pending when it has dropped its capabilities. The default action would end the process. */
	if (sigaction(sig, &action, NULL) < 0)
		return -errno;
	/* Signal each thread again until /proc shows that it has dropped them. */
	for (unsigned int i = 0; i < ROUNDS_MAX && left > 0; i++) {
		if (i > 0)
			nanosleep(&wait, NULL);
		left = tell_threads(keep, sig);
	}
	return left > 0 ? -EBUSY : left;
}

/* Capabilities that the ports in use, memory, configuration and store need from now on. */
static uint64_t
needed(void)
{
	/* The configuration and the store may belong to another user than root. Memory allocated later is
	 * locked, or counted against RLIMIT_MEMLOCK by VFIO. */
	uint64_t bits = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_IPC_LOCK);
	struct rte_eth_dev_info info;
	uint16_t port;

	/* Physical addresses of memory allocated later are read from /proc/self/pagemap. */
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		bits |= BIT(CAP_SYS_ADMIN);
	for (port = 0; port < RTE_MAX_ETHPORTS; port++) {
		if (rte_eth_dev_is_valid_port(port) && rte_eth_dev_info_get(port, &info) == 0)
			bits |= cgn_caps_of_driver(info.driver_name);
	}
	return bits;
}

/* Names of capabilities, separated by commas. */
static const char *
describe(uint64_t bits, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < RTE_DIM(names) && len < size; i++) {
		if ((bits & BIT(names[i].cap)) != 0)
			len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? "," : "",
					names[i].name);
	}
	return len == 0 ? "none" : out;
}

int
cgn_caps_drop(void)
{
	uint64_t keep = needed(), mine = 0;
	char text[128];
	struct sets s;
	int ret = cgn_caps_keep(keep);

	if (ret < 0) {
		CGN_LOG(PRIVILEGES_KEPT, "a thread keeps capabilities that it does not need: %s",
				strerror(-ret));
		return ret;
	}
	if (read_sets(&s) == 0)
		mine = s.word[0].permitted | (uint64_t)s.word[1].permitted << 32;
	CGN_LOG(PRIVILEGES_DROPPED, "capabilities given up, kept=%s",
			describe(mine, text, sizeof(text)));
	return 0;
}
