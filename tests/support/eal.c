/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/eal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

static char runtime_dir[256];

/* EAL leaves its directory behind. */
static void
remove_runtime_dir(void)
{
	rmdir(runtime_dir);
}

void
eal_start(void)
{
	eal_start_with("0", 64);
}

void
eal_start_with(const char *lcores, unsigned int mib)
{
	static bool started;
	char prefix[64], map[64], memory[16];
	char arg[][24] = { "test", "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--log-level=error", /* for net_memif without copies: */ "--single-file-segments" };
	char *argv[RTE_DIM(arg) + 4];
	int argc = 0;

	if (started)
		return;
	for (size_t i = 0; i < RTE_DIM(arg); i++)
		argv[argc++] = arg[i];
	snprintf(prefix, sizeof(prefix), "--file-prefix=cgntest%d", (int)getpid());
	argv[argc++] = prefix;
	snprintf(map, sizeof(map), "--lcores=%s", lcores);
	argv[argc++] = map;
	snprintf(memory, sizeof(memory), "-m%u", mib);
	argv[argc++] = memory;
	argv[argc] = NULL;
	if (rte_eal_init(argc, argv) < 0) {
		fprintf(stderr, "EAL does not start: %s\n", rte_strerror(rte_errno));
		exit(EXIT_FAILURE);
	}
	started = true;
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
	atexit(remove_runtime_dir);
}

struct rte_mempool *
eal_pool(unsigned int n)
{
	static unsigned int serial;
	struct rte_mempool *mp;
	char name[32];

	eal_start();
	snprintf(name, sizeof(name), "test%u", serial++);
	mp = rte_pktmbuf_pool_create(name, n, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (mp == NULL) {
		fprintf(stderr, "no mbuf pool: %s\n", rte_strerror(rte_errno));
		exit(EXIT_FAILURE);
	}
	return mp;
}
