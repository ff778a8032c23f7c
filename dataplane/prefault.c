/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Check and commitment of the tables' memory.
 */
#include "dataplane/prefault.h"

#include "shared/log.h"
#include "shared/mem.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>

CGN_LOG_TYPE("prefault");

static size_t
mib(size_t bytes)
{
	return (bytes + (1 << 20) - 1) >> 20;
}

int
cgn_prefault_check(size_t reserved, size_t available, bool prefault)
{
	bool fits = available == 0 || reserved <= available;

	if (prefault && !fits) {
		CGN_LOG(MEMORY,
				"prefault: the tables take %zu MiB, the machine has %zu MiB left: "
				"lower nat.mappings_max, nat.sessions_max or the pools, or leave "
				"prefault out",
				mib(reserved), mib(available));
		return -ENOMEM;
	}
	CGN_LOG(TABLES_RESERVED, "tables reserved mib=%zu available_mib=%zu", mib(reserved),
			mib(available));
	if (!fits)
		CGN_LOG(TABLES_LARGE,
				"full tables would take %zu MiB, the machine has %zu MiB left: "
				"nat.mappings_max bounds them",
				mib(reserved), mib(available));
	return 0;
}

static int
prefault_commit(void *owner)
{
	return cgn_mem_commit((unsigned int)(uintptr_t)owner);
}

int
cgn_prefault_run(const unsigned int *lcores, unsigned int n_workers)
{
	uint64_t begin = rte_rdtsc();
	unsigned int launched = 0;
	int ret = 0;

	for (; ret == 0 && launched < n_workers; launched++)
		ret = rte_eal_remote_launch(
				prefault_commit, (void *)(uintptr_t)launched, lcores[launched]);
	for (unsigned int w = 0; w < launched; w++) {
		int one = rte_eal_wait_lcore(lcores[w]);

		ret = ret == 0 ? one : ret;
	}
	if (ret < 0)
		CGN_LOG(MEMORY, "prefault: memory cannot be committed: %s", strerror(-ret));
	else
		CGN_LOG(TABLES_COMMITTED, "tables committed mib=%zu ms=%llu",
				mib(cgn_mem_reserved()),
				(unsigned long long)((rte_rdtsc() - begin) * 1000 /
						rte_get_tsc_hz()));
	return ret;
}
