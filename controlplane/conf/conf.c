/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Loads a configuration, for main.c and confload.c: parses the text, fills the structure, and checks
 * the rules between keys. It reports all errors, not only the first.
 */
#include "controlplane/conf/conf.h"

#include "controlplane/conf/conf_check.h"
#include "controlplane/conf/conf_read.h"
#include "controlplane/conf/conf_warn.h"
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)4 << 20) /* octets; 40000 static mappings fit */

void
cgn_conf_free(struct cgn_conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->n_pools; i++) {
		free(conf->pools[i].ranges);
		free(conf->pools[i].drained);
	}
	cgn_conf_read_free(conf);
	free(conf);
}

/* In the first configuration of a run. Another one gets its numbers by cgn_conf_place(). */
static void
number_pools(struct cgn_conf *conf)
{
	for (size_t i = 0; i < conf->n_pools; i++)
		conf->pools[i].number = ++conf->n_pool_numbers;
}

/* Turn a tree into a configuration. This fails if anything was refused. */
static int
conf_build(struct cgn_conf_node *root, struct cgn_conf **out, struct cgn_conf_errors *errs)
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
	if (errs->want_warnings)
		cgn_conf_warn_all(&checker);
	number_pools(conf);
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
		ret = conf_build(root, out, errs);
		cgn_conf_yaml_free(root);
	}
	cgn_conf_errors_sort(errs);
	return ret;
}

/* Read until the end of the file or FILE_MAX + 1 octets. @return number of octets, or -errno */
static ssize_t
read_all(int fd, char *text)
{
	size_t len = 0;

	while (len <= FILE_MAX) {
		ssize_t n = read(fd, text + len, FILE_MAX + 1 - len);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

/*
 * Open a file without waiting. A FIFO or a device would make the reader wait for a writer that may
 * never come, so only regular files are taken. @return the descriptor, or -errno; -ENOTSUP: no regular file
 */
static int
open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else if (S_ISDIR(st.st_mode))
		ret = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		ret = -ENOTSUP;
	else if (st.st_size > (off_t)FILE_MAX)
		ret = -EFBIG;
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

static int
read_file(const char *path, char **out, size_t *len)
{
	int fd = open_regular(path);
	ssize_t n = -ENOMEM;
	char *text;

	if (fd < 0)
		return fd;
	/* One octet more: it shows that a file has grown since it was opened. */
	text = malloc(FILE_MAX + 1);
	if (text != NULL)
		n = read_all(fd, text);
	if (n > (ssize_t)FILE_MAX)
		n = -EFBIG;
	close(fd);
	if (n < 0) {
		free(text);
		return (int)n;
	}
	*out = text;
	*len = (size_t)n;
	return 0;
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
		cgn_conf_errors_add(errs, 0, 0, "file",
				ret == -ENOTSUP ? "FIFO, socket or device" : strerror(-ret),
				"must be a readable regular file of 4 MiB at most");
		return -EINVAL;
	}
	ret = cgn_conf_load_text(path, text, len, out, errs);
	/* A part of a file may be correct YAML: "10000" becomes "100". An editor ends each line. */
	errs->may_be_cut = len > 0 && text[len - 1] != '\n';
	free(text);
	return ret;
}
