/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of leases, epochs and realms that a run before has left: into a lessor, and out again. */
#include "controlplane/lease/lessor.h"
#include "controlplane/lease/lessor_keep.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static int64_t
clock_of(void *ctx)
{
	(void)ctx;
	return 1000000;
}

static int
count(void *ctx, const void *rows, size_t len)
{
	(void)rows;
	if (len == 0 || len % 8 != 0 || len > CGN_LESSOR_KEEP_MAX)
		abort();
	*(size_t *)ctx += len;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cgn_lessor_ops ops = { .wall_ms = clock_of, .boot_ms = clock_of };
	struct cgn_lessor_cfg cfg = { .ops = &ops, .seed = 7 };
	struct cgn_lessor *l;
	size_t len = 0;

	if (cgn_timerq_create(&cfg.timers) < 0 || cgn_realms_create(&cfg.realms, 7) < 0 ||
			cgn_lessor_create(&l, &cfg, 5000) < 0)
		abort();
	cgn_lessor_keep_begin(l, 5000);
	(void)cgn_lessor_keep_rows(l, data, size, 5000);
	(void)cgn_lessor_keep_end(l, 5000);
	if (cgn_lessor_count(l) > size / 80)
		abort();
	/* The epoch of all clients is always there. */
	if (cgn_lessor_keep_write(l, count, &len, 5000) < 0 || len < 24)
		abort();
	cgn_lessor_destroy(l);
	cgn_realms_destroy(cfg.realms);
	cgn_timerq_destroy(cfg.timers);
	return 0;
}
