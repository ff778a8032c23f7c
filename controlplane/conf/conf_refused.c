/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Words and texts of the reasons why a reload was refused.
 */
#include "controlplane/conf/conf_refused.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *word, *text;
} reasons[CGN_CONF_REFUSED_COUNT] = {
#define ONE(name, is_word, is_text) \
	[CGN_CONF_REFUSED_##name] = { .word = (is_word), .text = (is_text) },
	CGN_CONF_REFUSED(ONE)
#undef ONE
};

const char *
cgn_conf_refused_word(enum cgn_conf_refused why)
{
	return reasons[why].word;
}

const char *
cgn_conf_refused_text(const char *word)
{
	for (size_t i = CGN_CONF_REFUSED_NO + 1; i < CGN_CONF_REFUSED_COUNT; i++) {
		if (strcmp(reasons[i].word, word) == 0)
			return reasons[i].text;
	}
	return word;
}
