/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds out the name of the machine, and draws the number of a start.
 */
#include "controlplane/export/export_origin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* RFC 5424 section 6.2.4: 255 characters at most, printable ASCII without spaces. */
static void
set_host(struct cgn_export_origin *o)
{
	if (gethostname(o->host, sizeof(o->host)) < 0)
		o->host[0] = '\0';
	o->host[sizeof(o->host) - 1] = '\0';
	for (char *c = o->host; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~')
			*c = '?';
	}
	if (o->host[0] == '\0')
		snprintf(o->host, sizeof(o->host), "-");
}

int
cgn_export_origin_init(struct cgn_export_origin *o, const struct cgn_conf *conf)
{
	uint64_t boot;

	*o = (struct cgn_export_origin){
		.kinds = cgn_conf_export_kinds(&conf->export),
		.n_workers = conf->workers,
		.pid = getpid(),
	};
	if (getrandom(&boot, sizeof(boot), 0) != (ssize_t)sizeof(boot))
		return -EIO;
	snprintf(o->boot, sizeof(o->boot), "%016" PRIx64, boot);
	set_host(o);
	snprintf(o->instance, sizeof(o->instance), "%s", conf->telemetry_prefix);
	for (size_t g = 0; g < conf->n_groups; g++)
		o->n_deterministic += conf->groups[g].deterministic.is_on ? 1 : 0;
	return cgn_export_pools_add(&o->pools, conf);
}

void
cgn_export_origin_fini(struct cgn_export_origin *o)
{
	cgn_export_pools_fini(&o->pools);
}
