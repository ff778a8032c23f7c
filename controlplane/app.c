/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/app.h"

#include "controlplane/conf/conf.h"

#include <errno.h>
#include <stdio.h>

int
cgn_app_run(const struct cgn_opts *opts, struct cgn_conf *conf)
{
	fprintf(stderr, "cgnd: %s: serving is not built yet; --check works\n", opts->conf_path);
	cgn_conf_free(conf);
	return -ENOSYS;
}
