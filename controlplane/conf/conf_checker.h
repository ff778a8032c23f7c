/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECKER_H
#define CGN_CONF_CHECKER_H

/**
 * @file
 * What every rule between keys needs: the configuration, where its values stood, and a voice.
 */

#include "controlplane/conf/conf_errors.h"
#include "controlplane/conf/conf_yaml.h"
#include "shared/conf.h"

/** The state of the checks: the configuration, its lines, and the key that is looked at now. */
struct cgn_conf_checker {
	struct cgn_conf *conf;
	struct cgn_conf_node *root;
	struct cgn_conf_errors *errs;
	char path[CGN_CONF_YAML_PATH_MAX]; /* the key that is looked at */
	struct cgn_conf_node *node;        /* its value, or the nearest map or list around it */
	bool is_given;                     /* false: the value is the default */
};

/**
 * Look at a key.
 *
 * @param fmt  its dotted path with indexes
 * @return false when its value was refused, so that nothing can be said about it
 */
bool cgn_conf_checker_at(struct cgn_conf_checker *c, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/** Refuse the value of the key that is looked at. @param fmt  what is allowed */
void cgn_conf_checker_refuse(struct cgn_conf_checker *c, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

/** Whether two prefixes have the same address, whatever their lengths. */
bool cgn_conf_checker_same_ip(const struct cgn_prefix *a, const struct cgn_prefix *b);

#endif /* CGN_CONF_CHECKER_H */
