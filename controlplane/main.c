/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The program cgnd. This is the only file that knows both planes: it lends the functions of the data
 * plane to app.c as a table.
 */
#include "controlplane/app.h"
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_manual.h"
#include "controlplane/conf/conf_reference.h"
#include "controlplane/opts.h"
#include "dataplane/caps.h"
#include "dataplane/dataplane.h"
#include "dataplane/eal.h"
#include "shared/log_event.h"
#include "shared/stdfds.h"
#include "shared/version.h"

#include <errno.h>
#include <stdio.h>

#include <rte_version.h>

#ifndef CGN_CPU /* the build knows which CPUs it is for; ", " stands before it */
#define CGN_CPU ""
#endif

enum {
	EXIT_CLEAN = 0,
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2, /* command line or configuration */
};

/* The data plane behind the face that the control plane knows. */
static int
dataplane_create(void **dp, const struct cgn_conf *conf, const struct cgn_state_await *await)
{
	struct cgn_dataplane *made;
	int ret = cgn_dataplane_create(&made, conf, await);

	if (ret == 0)
		*dp = made;
	return ret;
}

static int
dataplane_start(void *dp)
{
	return cgn_dataplane_start(dp);
}

static void
main_open_ports(void *dp)
{
	cgn_dataplane_open(dp);
}

static int
dataplane_stop(void *dp)
{
	return cgn_dataplane_stop(dp);
}

static void
dataplane_destroy(void *dp)
{
	cgn_dataplane_destroy(dp);
}

static const struct cgn_planes *
dataplane_planes(void *dp)
{
	return cgn_dataplane_planes(dp);
}

static const struct cgn_app_dataplane dataplane = {
	.eal_start = cgn_eal_start,
	.eal_stop = cgn_eal_stop,
	.create = dataplane_create,
	.start = dataplane_start,
	.no_new_privileges = cgn_caps_no_new,
	.drop_privileges = cgn_caps_drop,
	.open = main_open_ports,
	.stop = dataplane_stop,
	.destroy = dataplane_destroy,
	.planes = dataplane_planes,
};

/* Load the configuration, and print all errors and warnings of it. */
static int
main_load(const char *path, bool is_strict, struct cgn_conf **conf)
{
	struct cgn_conf_errors errs = { .want_warnings = true };
	int ret = cgn_conf_load(path, conf, &errs);

	if (ret == -ENOMEM)
		fprintf(stderr, "cgnd: %s: no memory\n", path);
	cgn_conf_errors_print(&errs, stderr);
	if (ret == 0 && is_strict && cgn_conf_errors_has_warnings(&errs)) {
		cgn_conf_free(*conf);
		ret = -EINVAL;
	}
	cgn_conf_errors_fini(&errs);
	return ret;
}

/* Print what the command line asks for, and nothing else is to be done. @return false: it asks for no such thing */
static bool
main_print(const struct cgn_opts *opts)
{
	if (opts->want_help)
		cgn_opts_usage(stdout);
	else if (opts->want_version)
		printf("cgnd %s (%s%s)\n", CGN_VERSION, rte_version(), CGN_CPU);
	else if (opts->want_reference)
		cgn_conf_reference_print(stdout);
	else if (opts->want_events)
		cgn_log_event_print(stdout);
	else if (opts->want_man)
		cgn_opts_manual(stdout, CGN_RELEASE, CGN_RELEASE_DATE);
	else if (opts->want_man_yaml)
		cgn_conf_manual_print(stdout, CGN_RELEASE, CGN_RELEASE_DATE);
	else
		return false;
	return true;
}

int
main(int argc, char *argv[])
{
	struct cgn_conf *conf = NULL;
	struct cgn_opts opts;
	int ret;

	if (cgn_stdfds_open() < 0)
		return EXIT_RUNTIME;
	if (cgn_opts_parse(argc, argv, &opts, stderr) < 0)
		return EXIT_USAGE;
	if (main_print(&opts))
		return EXIT_CLEAN;
	ret = main_load(opts.conf_path, opts.is_strict, &conf);
	if (ret < 0)
		return ret == -ENOMEM ? EXIT_RUNTIME : EXIT_USAGE;
	if (opts.want_check) {
		ret = cgn_eal_check(opts.conf_path, conf, (int)opts.n_eal, opts.eal);
		if (ret == 0)
			puts("configuration OK");
		cgn_conf_free(conf);
		return ret < 0 ? EXIT_USAGE : EXIT_CLEAN;
	}
	return cgn_app_run(&opts, conf, &dataplane) < 0 ? EXIT_RUNTIME : EXIT_CLEAN;
}
