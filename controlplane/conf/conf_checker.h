/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECKER_H
#define CGN_CONF_CHECKER_H

/**
 * @file
 * The functions that all rules between keys use: they find the value of a key in the file, and report an error about
 * it.
 */

#include "controlplane/conf/conf_errors.h"
#include "controlplane/conf/conf_suggest.h"
#include "controlplane/conf/conf_yaml.h"
#include "shared/conf.h"

/** The state of the checks: the configuration, the nodes of its file, and the current key. */
struct cgn_conf_checker {
	struct cgn_conf *conf;
	struct cgn_conf_node *root;
	struct cgn_conf_errors *errs;
	char path[CGN_CONF_YAML_PATH_MAX]; /* the current key */
	struct cgn_conf_node *node;        /* its value, or the nearest map or list around it */
	bool is_given;                     /* false: the file does not have the key */
};

/**
 * Make a key the current one.
 *
 * @param fmt  dotted path of the key, with indexes
 * @return false: its value was refused before, so rules must not use it
 */
bool cgn_conf_checker_at(struct cgn_conf_checker *c, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/** Whether the file gives the current key, and another value than its default. */
bool cgn_conf_checker_is_changed(const struct cgn_conf_checker *c);

/** Report an error about the value of the current key. @param fmt  what it must be, such as "must be less than max" */
void cgn_conf_checker_refuse(struct cgn_conf_checker *c, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/**
 * Report that the current key names nothing.
 *
 * @param what  what it must be the name of, such as "a pool"
 * @param near  the nearest name
 */
void cgn_conf_checker_refuse_name(
		struct cgn_conf_checker *c, const char *what, const struct cgn_conf_suggest *near);

/** Report a warning about the value of the current key. @param fmt  text that tells what is wrong with it */
void cgn_conf_checker_warn(struct cgn_conf_checker *c, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/** Whether two prefixes have the same address. Their lengths may differ. */
bool cgn_conf_checker_same_ip(const struct cgn_prefix *a, const struct cgn_prefix *b);

#endif /* CGN_CONF_CHECKER_H */
