/* SPDX-License-Identifier: BSD-3-Clause */

/* Any octets as a configuration file: refused with reasons, or accepted, shown and accepted again. */

#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_show.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct cgn_conf *
load(const char *text, size_t size)
{
	struct cgn_conf_errors errs = { 0 };
	struct cgn_conf *conf = NULL;
	int ret = cgn_conf_load_text("fuzz", text, size, &conf, &errs);

	if ((ret == 0) != (conf != NULL) || (ret == 0) != cgn_conf_errors_none(&errs))
		abort();
	cgn_conf_errors_fini(&errs);
	return conf;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cgn_conf *conf = load((const char *)data, size), *again;
	char *once = NULL, *twice = NULL;

	if (conf == NULL)
		return 0;
	if (cgn_conf_show_json(conf, &once) < 0)
		abort();
	cgn_conf_free(conf);
	again = load(once, strlen(once));
	if (again == NULL || cgn_conf_show_json(again, &twice) < 0 || strcmp(once, twice) != 0)
		abort();
	cgn_conf_free(again);
	free(once);
	free(twice);
	return 0;
}
