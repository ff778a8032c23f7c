/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_checker.h"

#include <stdarg.h>

bool
cgn_conf_checker_at(struct cgn_conf_checker *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->path, sizeof(c->path), fmt, ap);
	va_end(ap);
	c->is_given = cgn_conf_yaml_at(c->root, c->path, &c->node);
	for (const struct cgn_conf_node *n = c->node; n != NULL; n = n->parent) {
		if (n->is_bad && n->kind != CGN_CONF_YAML_LIST)
			return false;
	}
	return !c->node->is_bad;
}

void
cgn_conf_checker_refuse(struct cgn_conf_checker *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cgn_conf_errors_add(c->errs, c->node->line, c->node->column, c->path,
			c->is_given ? cgn_conf_yaml_value(c->node) : "default", "%s", text);
}
