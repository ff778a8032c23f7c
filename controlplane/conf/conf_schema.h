/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SCHEMA_H
#define CGN_CONF_SCHEMA_H

/**
 * @file
 * The table of all configuration keys. Each key has one row.
 *
 * The parser, the range checks, the defaults, config/REFERENCE.md and `cgnctl config show` all use this table. Its rows
 * have the order of REFERENCE.md. The path of a row tells the place of its key in the file: "nat.timeouts.udp_s" is a
 * key of a section, and "ports[].name" is a key of each entry of a list.
 */

#include "shared/conf.h"

/** The type of a value. For a list: the type of each entry. */
enum cgn_conf_type {
	CGN_CONF_SECTION,    /* a map; as a list: a list of maps */
	CGN_CONF_UINT,       /* unsigned, min..max */
	CGN_CONF_BOOL,       /* true or false */
	CGN_CONF_CHOICE,     /* one of a row's choices, stored as its value */
	CGN_CONF_NAME,       /* char[]: letters, digits, '_', '-', '.' */
	CGN_CONF_WORD,       /* char *: the same characters as CGN_CONF_NAME */
	CGN_CONF_DEVICE,     /* char[]: no white space */
	CGN_CONF_STRING,     /* char *, min..max octets */
	CGN_CONF_IP4,        /* rte_be32_t */
	CGN_CONF_IP6,        /* struct cgn_ip6 */
	CGN_CONF_IP,         /* struct cgn_ip */
	CGN_CONF_MAC,        /* uint8_t[6]: address of a host, neither multicast nor zero */
	CGN_CONF_INTERFACE,  /* struct cgn_prefix: a local address with the length of its prefix */
	CGN_CONF_PREFIX,     /* struct cgn_prefix without host bits */
	CGN_CONF_PREFIX4,    /* the same, IPv4 only */
	CGN_CONF_RANGE4,     /* struct cgn_range4 */
	CGN_CONF_PORT_RANGE, /* two uint16_t */
	CGN_CONF_PORTS,      /* the same; one port may stand alone */
	CGN_CONF_EP4,        /* rte_be32_t and the uint16_t behind it */
	CGN_CONF_MARK,       /* struct cgn_mark */
	CGN_CONF_LISTEN,     /* struct cgn_conf_listen */
	CGN_CONF_PORT_REF,   /* index into ports, by name; set by conf_check.c */
	CGN_CONF_POOL_REF,   /* index into pools, by name; set by conf_check.c */
};

/** One word that a key of type CGN_CONF_CHOICE accepts. */
struct cgn_conf_choice {
	const char *name; /* NULL ends the list */
	uint32_t value;
};

/**
 * One row of the schema: a key, which values it accepts, where its value is stored, and what it means.
 *
 * A section may have a field, too: a bool that says whether the section is in the file. Then a section that is
 * not in the file is not shown.
 */
struct cgn_conf_key {
	const char *path;
	enum cgn_conf_type type;
	bool is_list;
	bool is_inline; /* list: the struct has the array itself, not a pointer to it */
	bool takes_one; /* list: one value without brackets is a list of one */
	bool is_set;    /* list of scalars: their order has no meaning */
	bool is_key; /* it names its entry of a list of maps, alone or together with other such keys */
	/* A reload can change it; false: only a restart. List of maps: a reload can add and remove entries.
	 * Section with a field: a reload can add and remove the section. Not set for other sections, and not for
	 * rows with is_key. */
	bool is_live;
	uint32_t min;   /* least value; string: least number of octets */
	uint32_t max;   /* greatest value; string: greatest number of octets */
	uint32_t n_max; /* list: most entries */
	uint32_t n_min; /* list: fewest entries */
	uint32_t must;  /* minimum of an RFC: a smaller value needs allow_rfc_violations */
	size_t offset; /* of the field: in an entry of the innermost list, else in struct cgn_conf */
	size_t size;   /* of the field, or of one entry of a list; 0: nothing is stored */
	size_t n_offset; /* list: offset of the field with the number of entries */
	size_t n_size;   /* list: size of that field, 4 or 8 */
	size_t gone_offset; /* list of maps: of the bool is_gone of an entry (conf_place.h); 0: it has none */
	const struct cgn_conf_choice *choices;
	const char *def;  /* default; NULL: the key must be given. Not used by sections and lists */
	const char *unit; /* NULL: none */
	const char *rfc;  /* section of an RFC that the key is about; NULL: none */
	const char *help;
};

/** The table. @param[out] n  number of rows */
const struct cgn_conf_key *cgn_conf_schema_keys(size_t *n);

/** The row of a path, NULL if there is none. */
const struct cgn_conf_key *cgn_conf_schema_find(const char *path);

/**
 * The next row of a level. A level is the keys directly under a section or list.
 *
 * @param level  path of the section, "" for the top, "ports[]" for an entry of a list
 * @param prev   the row before, NULL for the first
 */
const struct cgn_conf_key *cgn_conf_schema_next(const char *level, const struct cgn_conf_key *prev);

/** The last part of a row's path. */
const char *cgn_conf_schema_name(const struct cgn_conf_key *key);

/** Octets that are enough for the text of cgn_conf_schema_allowed(). */
#define CGN_CONF_ALLOWED_MAX 200

/** Write a text that tells which values a key accepts. @return @p buf */
const char *
cgn_conf_schema_allowed(const struct cgn_conf_key *key, char buf[static CGN_CONF_ALLOWED_MAX]);

/** "list of: " or the like, to stand before that text; "" if the key is no list. */
const char *cgn_conf_schema_list(const struct cgn_conf_key *key);

/** Octets that are enough for the text of cgn_conf_schema_default(). */
#define CGN_CONF_DEFAULT_MAX 80

/** Write a key's default: "required", "none", or the value between backticks. @return @p buf */
const char *
cgn_conf_schema_default(const struct cgn_conf_key *key, char buf[static CGN_CONF_DEFAULT_MAX]);

#endif /* CGN_CONF_SCHEMA_H */
