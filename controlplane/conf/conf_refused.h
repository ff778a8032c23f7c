/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_REFUSED_H
#define CGN_CONF_REFUSED_H

/**
 * @file
 * Why a reload was refused: the words of cgnd's report (config/JSON.md), and what cgnctl says.
 */

/** All reasons: name, word of the report, text of cgnctl. */
#define CGN_CONF_REFUSED(R)                                 \
	R(FILE, "file", "the file has errors")              \
	R(RESTART, "restart", "these keys need a restart")  \
	R(MODULE, "module", "a part of cgnd cannot use it") \
	R(WORKER, "worker", "a worker does not reply")      \
	R(MEMORY, "memory", "there is no memory for it")    \
	R(STOP, "stop", "cgnd stops")                       \
	R(NOT_CONFIRMED, "not_confirmed", "nobody has confirmed this file in time")

/** Why a reload was refused. */
enum cgn_conf_refused {
	CGN_CONF_REFUSED_NO, /* it was not */
#define ONE(name, word, text) CGN_CONF_REFUSED_##name,
	CGN_CONF_REFUSED(ONE)
#undef ONE
	CGN_CONF_REFUSED_COUNT
};

/** The word of a reason. NULL: CGN_CONF_REFUSED_NO */
const char *cgn_conf_refused_word(enum cgn_conf_refused why);

/** What cgnctl says. @param word  of cgnd, which may be newer. @return @p word if it is not known */
const char *cgn_conf_refused_text(const char *word);

#endif /* CGN_CONF_REFUSED_H */
