/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The program cgnd of a package: starts the build of cgnd that is the best for this CPU. A package serves all CPUs with
 * SSE 4.2, and the packet path is faster with the instructions of later ones.
 *
 * It asks the C library, which knows what the kernel allows, too. So GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2 makes it take
 * the other build.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/platform/x86.h>
#include <unistd.h>

enum {
	EXIT_RUNTIME = 1
};

/** A build, by the level of the psABI of x86-64 that it needs. */
struct launch_build {
	const char *level;
	bool (*can_run)(void);
};

static bool
launch_has_v2(void)
{
	return x86_cpu_active(x86_cpu_CMPXCHG16B) && x86_cpu_active(x86_cpu_LAHF64_SAHF64) &&
			x86_cpu_active(x86_cpu_POPCNT) && x86_cpu_active(x86_cpu_SSE3) &&
			x86_cpu_active(x86_cpu_SSSE3) && x86_cpu_active(x86_cpu_SSE4_1) &&
			x86_cpu_active(x86_cpu_SSE4_2);
}

static bool
launch_has_v3(void)
{
	return launch_has_v2() && x86_cpu_active(x86_cpu_AVX) && x86_cpu_active(x86_cpu_AVX2) &&
			x86_cpu_active(x86_cpu_BMI1) && x86_cpu_active(x86_cpu_BMI2) &&
			x86_cpu_active(x86_cpu_F16C) && x86_cpu_active(x86_cpu_FMA) &&
			x86_cpu_active(x86_cpu_LZCNT) && x86_cpu_active(x86_cpu_MOVBE);
}

/* The best first. */
static const struct launch_build builds[] = {
	{ "x86-64-v3", launch_has_v3 },
	{ "x86-64-v2", launch_has_v2 },
};

int
main(int argc, char *argv[])
{
	bool can_run = false;

	(void)argc;
	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		char path[4096];

		if (!builds[i].can_run())
			continue;
		can_run = true;
		snprintf(path, sizeof(path), "%s/%s/cgnd", CGN_BUILDS_DIR, builds[i].level);
		execv(path, argv);
		if (errno != ENOENT) {
			fprintf(stderr, "cgnd: %s: %s\n", path, strerror(errno));
			return EXIT_RUNTIME;
		}
	}
	if (can_run)
		fprintf(stderr, "cgnd: no build of cgnd in " CGN_BUILDS_DIR "\n");
	else
		fprintf(stderr, "cgnd: this CPU is too old: DPDK needs SSE 4.2 (x86-64-v2)\n");
	return EXIT_RUNTIME;
}
