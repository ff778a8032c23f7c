/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLOPTION_H
#define CGN_CTLOPTION_H

/**
 * @file
 * The table of the options of cgnctl. An option means the same for each command that takes it.
 */

#include "controlplane/cgnctl/ctlargs.h"

#include <stddef.h>

/** Most octets of a text, which becomes a parameter of a question. */
#define CGN_CTLOPTION_TEXT_MAX 100

/** What the value of an option is. */
enum cgn_ctloption_kind {
	CGN_CTLOPTION_TEXT,
	CGN_CTLOPTION_FILE,    /* a path, which may be long */
	CGN_CTLOPTION_LONG,    /* a text that may be long */
	CGN_CTLOPTION_COUNT,   /* a number from 1 on */
	CGN_CTLOPTION_SECONDS, /* a number from 0.1 to 86400; "": the default */
};

/** An option: how it is written, and where its value goes. */
struct cgn_ctloption {
	const char *name;   /* without the dashes */
	const char *value;  /* what its value is called in the help; NULL: it has no value */
	const char *help;   /* one line, without a full stop */
	const char *filter; /* the parameter that a list sends to cgnd with its value; NULL: none */
	const char *of; /* the command whose first column has the values, for completion; NULL: none */
	const char *words; /* fixed values, with blanks between them, for completion; NULL: none */
	size_t place;      /* of a text or, without a value, of a bool in struct cgn_ctlargs */
	char letter;       /* short form; 0: none */
	enum cgn_ctloption_kind kind;
	unsigned int most; /* CGN_CTLOPTION_COUNT: the largest number */
	bool may_miss; /* the value may be left out; a value in a word of its own begins with a digit */
};

/** The table, in the order of enum cgn_ctlopt. */
extern const struct cgn_ctloption cgn_ctloptions[CGN_CTLOPT_COUNT];

/** Whether a set of options has this one. */
static inline bool
cgn_ctloption_is_in(uint64_t set, unsigned int option)
{
	return (set >> option & 1) != 0;
}

/** Note that an option was given. @param value  "" if it has none */
void cgn_ctloption_set(struct cgn_ctlargs *args, unsigned int option, const char *value);

/** Octets that hold what is wrong with a value. */
#define CGN_CTLOPTION_WHY_MAX 80

/** Check a value. @param[out] why  what is wrong, if it is wrong @return whether it is right */
bool
cgn_ctloption_check(unsigned int option, const char *value, char why[static CGN_CTLOPTION_WHY_MAX]);

/** The value of an option. @return NULL: it was not given, or it has none */
const char *cgn_ctloption_value(const struct cgn_ctlargs *args, unsigned int option);

/** Write the parameters of the filters that were given. @return whether there is one */
bool cgn_ctloption_filters(const struct cgn_ctlargs *args, char *text, size_t size);

#endif /* CGN_CTLOPTION_H */
