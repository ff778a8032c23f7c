/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf.h"

#include "controlplane/conf/conf_check.h"
#include "controlplane/conf/conf_read.h"
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 20) /* octets; 40000 static mappings fit */

void
cgn_conf_free(struct cgn_conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->n_pools; i++)
		free(conf->pools[i].ranges);
	cgn_conf_read_free(conf);
	free(conf);
}

/* Turn a tree into a configuration; fails when anything was refused. */
static int
build(struct cgn_conf_node *root, struct cgn_conf **out, struct cgn_conf_errors *errs)
{
	struct cgn_conf_checker checker = { .root = root, .errs = errs };
	struct cgn_conf *conf;
	int ret;

	conf = calloc(1, sizeof(*conf));
	if (conf == NULL)
		return -ENOMEM;
	checker.conf = conf;
	ret = cgn_conf_read_tree(root, conf, errs);
	if (ret == 0 && !root->is_bad)
		ret = cgn_conf_check_all(&checker);
	if (ret == 0 && !cgn_conf_errors_none(errs))
		ret = -EINVAL;
	if (ret < 0) {
		cgn_conf_free(conf);
		return ret;
	}
	*out = conf;
	return 0;
}

int
cgn_conf_load_text(const char *name, const char *text, size_t len, struct cgn_conf **out,
		struct cgn_conf_errors *errs)
{
	struct cgn_conf_node *root;
	int ret;

	errs->file = strdup(name);
	if (errs->file == NULL)
		return -ENOMEM;
	ret = cgn_conf_yaml_parse(text, len, errs, &root);
	if (ret == 0) {
		ret = build(root, out, errs);
		cgn_conf_yaml_free(root);
	}
	cgn_conf_errors_sort(errs);
	return ret;
}

/* Read all of a file that may be a pipe. */
static int
read_file(const char *path, char **out, size_t *len)
{
	int ret = 0;
	char *text;
	FILE *in;

	in = fopen(path, "re");
	if (in == NULL)
		return -errno;
	text = malloc(FILE_MAX + 1);
	if (text == NULL) {
		ret = -ENOMEM;
		goto close_file;
	}
	*len = fread(text, 1, FILE_MAX + 1, in);
	if (ferror(in) != 0)
		ret = errno != 0 ? -errno : -EIO;
	else if (*len > FILE_MAX)
		ret = -EFBIG;
	if (ret < 0)
		free(text);
	else
		*out = text;

close_file:
	fclose(in);
	return ret;
}

int
cgn_conf_load(const char *path, struct cgn_conf **out, struct cgn_conf_errors *errs)
{
	char *text = NULL;
	size_t len = 0;
	int ret;

	ret = read_file(path, &text, &len);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0) {
		errs->file = strdup(path);
		cgn_conf_errors_add(errs, 0, 0, "file", strerror(-ret),
				"a readable file of 4 MiB at most");
		return -EINVAL;
	}
	ret = cgn_conf_load_text(path, text, len, out, errs);
	free(text);
	return ret;
}
