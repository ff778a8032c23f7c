/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Turns the text of one value into its field and back, by the type of its row.
 */
#include "controlplane/conf/conf_value.h"

#include "shared/addr_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Store a number into a field of 0, 1, 2 or 4 octets. */
static void
store_uint(const struct cgn_conf_key *key, uint32_t v, void *field)
{
	const uint8_t v8 = (uint8_t)v;
	const uint16_t v16 = (uint16_t)v;

	if (key->size == sizeof(v8))
		memcpy(field, &v8, sizeof(v8));
	else if (key->size == sizeof(v16))
		memcpy(field, &v16, sizeof(v16));
	else if (key->size == sizeof(v))
		memcpy(field, &v, sizeof(v));
}

uint32_t
cgn_conf_value_uint(const struct cgn_conf_key *key, const void *field)
{
	uint8_t v8;
	uint16_t v16;
	uint32_t v;

	if (key->size == sizeof(v8)) {
		memcpy(&v8, field, sizeof(v8));
		return v8;
	}
	if (key->size == sizeof(v16)) {
		memcpy(&v16, field, sizeof(v16));
		return v16;
	}
	if (key->size == 0)
		return key->choices[0].value;
	memcpy(&v, field, sizeof(v));
	return v;
}

size_t
cgn_conf_value_count(const struct cgn_conf_key *key, const void *base)
{
	const char *at = (const char *)base + key->n_offset;
	unsigned int n4;
	size_t n;

	if (key->n_size == sizeof(n4)) {
		memcpy(&n4, at, sizeof(n4));
		return n4;
	}
	memcpy(&n, at, sizeof(n));
	return n;
}

static int
parse_uint(const struct cgn_conf_key *key, const char *text, void *field)
{
	uint32_t v;

	if (cgn_addr_text_parse_u32(text, &v) < 0 || v < key->min || v > key->max)
		return -EINVAL;
	store_uint(key, v, field);
	return 0;
}

static int
parse_bool(const char *text, void *field)
{
	bool v = strcmp(text, "true") == 0;

	if (!v && strcmp(text, "false") != 0)
		return -EINVAL;
	memcpy(field, &v, sizeof(v));
	return 0;
}

static int
parse_choice(const struct cgn_conf_key *key, const char *text, void *field)
{
	for (const struct cgn_conf_choice *c = key->choices; c->name != NULL; c++) {
		if (strcmp(c->name, text) == 0) {
			store_uint(key, c->value, field);
			return 0;
		}
	}
	return -EINVAL;
}

static bool
is_name(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len < CGN_NAME_MAX &&
			strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
			len;
}

/* A word is part of a file name. */
static bool
is_word(const struct cgn_conf_key *key, const char *text)
{
	size_t len = strlen(text);

	return (len == 0 || is_name(text)) && text[0] != '.' && len >= key->min && len <= key->max;
}

static bool
is_device(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (!isgraph((unsigned char)*p))
			return false;
	}
	return text[0] != '\0';
}

/* Store a name or device, if the text with its NUL fits into the field. */
static int
store_chars(const struct cgn_conf_key *key, const char *text, bool is_valid, void *field)
{
	size_t len = strlen(text);

	if (!is_valid || len >= key->size)
		return -EINVAL;
	memcpy(field, text, len + 1);
	return 0;
}

static int
store_string(const char *text, bool is_valid, void *field)
{
	char *copy;

	if (!is_valid)
		return -EINVAL;
	copy = strdup(text);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(field, &copy, sizeof(copy));
	return 0;
}

static int
parse_string(const struct cgn_conf_key *key, const char *text, void *field)
{
	size_t len = strlen(text);

	return store_string(text, len >= key->min && len <= key->max, field);
}

static bool
parse_hex(char c, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	if (p == NULL)
		return false;
	*out = (uint8_t)(p - digits);
	return true;
}

/* Parse six pairs of hexadecimal digits with colons between them. */
static int
parse_mac(const char *text, void *field)
{
	static const uint8_t zero[6];
	uint8_t mac[6], high, low;

	if (strlen(text) != 3 * sizeof(mac) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(mac); i++) {
		if (!parse_hex(text[3 * i], &high) || !parse_hex(text[3 * i + 1], &low) ||
				(i != 0 && text[3 * i - 1] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	if ((mac[0] & 1) != 0 || memcmp(mac, zero, sizeof(mac)) == 0)
		return -EINVAL;
	memcpy(field, mac, sizeof(mac));
	return 0;
}

static int
parse_prefix(const struct cgn_conf_key *key, const char *text, void *field)
{
	struct cgn_prefix p;

	if (strchr(text, '/') == NULL || cgn_addr_text_parse_prefix(text, &p) < 0)
		return -EINVAL;
	if (key->type != CGN_CONF_INTERFACE && cgn_addr_text_has_host_bits(&p))
		return -EINVAL;
	if (key->type == CGN_CONF_PREFIX4 && p.is_ip6)
		return -EINVAL;
	memcpy(field, &p, sizeof(p));
	return 0;
}

static int
parse_port_range(const struct cgn_conf_key *key, const char *text, void *field)
{
	uint16_t ends[2];
	uint32_t port;

	if (key->type == CGN_CONF_PORTS && strchr(text, '-') == NULL) {
		if (cgn_addr_text_parse_u32(text, &port) < 0 || port == 0 || port > UINT16_MAX)
			return -EINVAL;
		ends[0] = ends[1] = (uint16_t)port;
	} else if (cgn_addr_text_parse_ports(text, &ends[0], &ends[1]) < 0) {
		return -EINVAL;
	}
	memcpy(field, ends, sizeof(ends));
	return 0;
}

/* Parse a number of 32 bits, decimal or with 0x. */
static int
parse_mark_part(const char *text, const char *end, uint32_t *out)
{
	char copy[11]; /* 0x and eight digits */
	size_t len = (size_t)(end - text);
	bool is_hex = len > 2 && text[0] == '0' && text[1] == 'x';
	const char *digits = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
	const char *first = is_hex ? text + 2 : text;
	unsigned long long value;

	if (len == 0 || len >= sizeof(copy) || strspn(first, digits) < (size_t)(end - first))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	value = strtoull(copy, NULL, is_hex ? 16 : 10);
	if (value > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

static int
parse_mark(const char *text, struct cgn_mark *out)
{
	const char *slash = strchr(text, '/');
	struct cgn_mark m;

	if (slash == NULL || parse_mark_part(text, slash, &m.value) < 0 ||
			parse_mark_part(slash + 1, text + strlen(text), &m.mask) < 0 ||
			(m.value & ~m.mask) != 0)
		return -EINVAL;
	*out = m;
	return 0;
}

static int
parse_ep4(const char *text, void *field)
{
	rte_be32_t addr;
	uint16_t port;

	if (cgn_addr_text_parse_ep4(text, &addr, &port) < 0)
		return -EINVAL;
	memcpy(field, &addr, sizeof(addr));
	memcpy((char *)field + sizeof(addr), &port, sizeof(port));
	return 0;
}

static int
parse_listen(const char *text, void *field)
{
	struct cgn_conf_listen l = { 0 };

	if (text[0] != '\0' && cgn_addr_text_parse_ep(text, &l.addr, &l.port) < 0)
		return -EINVAL;
	memcpy(field, &l, sizeof(l));
	return 0;
}

int
cgn_conf_value_parse(const struct cgn_conf_key *key, const char *text, void *field)
{
	switch (key->type) {
	case CGN_CONF_SECTION:
		return -EINVAL;
	case CGN_CONF_UINT:
		return parse_uint(key, text, field);
	case CGN_CONF_BOOL:
		return parse_bool(text, field);
	case CGN_CONF_CHOICE:
		return parse_choice(key, text, field);
	case CGN_CONF_NAME:
		return store_chars(key, text, is_name(text), field);
	case CGN_CONF_WORD:
		return store_string(text, is_word(key, text), field);
	case CGN_CONF_DEVICE:
		return store_chars(key, text, is_device(text), field);
	case CGN_CONF_STRING:
		return parse_string(key, text, field);
	case CGN_CONF_IP4:
		return cgn_addr_text_parse_ip4(text, field);
	case CGN_CONF_IP6:
		return cgn_addr_text_parse_ip6(text, field);
	case CGN_CONF_IP:
		return cgn_addr_text_parse_ip(text, field);
	case CGN_CONF_MAC:
		return parse_mac(text, field);
	case CGN_CONF_INTERFACE:
	case CGN_CONF_PREFIX:
	case CGN_CONF_PREFIX4:
		return parse_prefix(key, text, field);
	case CGN_CONF_RANGE4:
		return cgn_addr_text_parse_range4(text, field);
	case CGN_CONF_PORT_RANGE:
	case CGN_CONF_PORTS:
		return parse_port_range(key, text, field);
	case CGN_CONF_EP4:
		return parse_ep4(text, field);
	case CGN_CONF_MARK:
		return parse_mark(text, field);
	case CGN_CONF_LISTEN:
		return parse_listen(text, field);
	case CGN_CONF_PORT_REF:
	case CGN_CONF_POOL_REF:
		return 0;
	}
	return -EINVAL;
}

void
cgn_conf_value_free(const struct cgn_conf_key *key, void *field)
{
	char *text;

	if (key->type != CGN_CONF_STRING && key->type != CGN_CONF_WORD)
		return;
	memcpy(&text, field, sizeof(text));
	free(text);
}

static void
json_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			fprintf(out, "\\u%04x", (unsigned int)*p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

/* Print a choice by its name. A name that is a number has no quotes. */
static void
json_choice(const struct cgn_conf_key *key, const void *field, FILE *out)
{
	uint32_t v = cgn_conf_value_uint(key, field);

	for (const struct cgn_conf_choice *c = key->choices; c->name != NULL; c++) {
		if (c->value != v)
			continue;
		if (isdigit((unsigned char)c->name[0]))
			fputs(c->name, out);
		else
			json_string(c->name, out);
		return;
	}
	fputs("null", out);
}

static void
json_ref(const struct cgn_conf_key *key, const void *field, const struct cgn_conf *conf, FILE *out)
{
	uint16_t i;

	memcpy(&i, field, sizeof(i));
	if (key->type == CGN_CONF_PORT_REF && i < conf->n_ports)
		json_string(conf->ports[i].name, out);
	else if (key->type == CGN_CONF_POOL_REF && i < conf->n_pools)
		json_string(conf->pools[i].name, out);
	else
		fputs("null", out);
}

static const char *
format_port_range(const struct cgn_conf_key *key, const void *field,
		char buf[static CGN_ADDR_TEXT_MAX])
{
	uint16_t ends[2];

	memcpy(ends, field, sizeof(ends));
	if (key->type == CGN_CONF_PORTS && ends[0] == ends[1])
		snprintf(buf, CGN_ADDR_TEXT_MAX, "%" PRIu16, ends[0]);
	else
		snprintf(buf, CGN_ADDR_TEXT_MAX, "%" PRIu16 "-%" PRIu16, ends[0], ends[1]);
	return buf;
}

static const char *
format_mark(const struct cgn_mark *m, char buf[static CGN_ADDR_TEXT_MAX])
{
	snprintf(buf, CGN_ADDR_TEXT_MAX, "0x%" PRIx32 "/0x%" PRIx32, m->value, m->mask);
	return buf;
}

static const char *
format_ep4(const void *field, char buf[static CGN_ADDR_TEXT_MAX])
{
	rte_be32_t addr;
	uint16_t port;

	memcpy(&addr, field, sizeof(addr));
	memcpy(&port, (const char *)field + sizeof(addr), sizeof(port));
	return cgn_addr_text_format_ep4(addr, port, buf);
}

static const char *
format_listen(const struct cgn_conf_listen *l, char buf[static CGN_ADDR_TEXT_MAX])
{
	return l->port == 0 ? "" : cgn_addr_text_format_ep(&l->addr, l->port, buf);
}

static const char *
format_ip4(const void *field, char buf[static CGN_ADDR_TEXT_MAX])
{
	rte_be32_t addr;

	memcpy(&addr, field, sizeof(addr));
	return cgn_addr_text_format_ip4(addr, buf);
}

static const char *
format_mac(const void *field, char buf[static CGN_ADDR_TEXT_MAX])
{
	const uint8_t *m = field;

	snprintf(buf, CGN_ADDR_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
			m[4], m[5]);
	return buf;
}

void
cgn_conf_value_json(const struct cgn_conf_key *key, const void *field, const struct cgn_conf *conf,
		FILE *out)
{
	char buf[CGN_ADDR_TEXT_MAX];

	switch (key->type) {
	case CGN_CONF_SECTION:
		break;
	case CGN_CONF_UINT:
		fprintf(out, "%" PRIu32, cgn_conf_value_uint(key, field));
		break;
	case CGN_CONF_BOOL:
		fputs(*(const bool *)field ? "true" : "false", out);
		break;
	case CGN_CONF_CHOICE:
		json_choice(key, field, out);
		break;
	case CGN_CONF_NAME:
	case CGN_CONF_DEVICE:
		json_string(field, out);
		break;
	case CGN_CONF_WORD:
	case CGN_CONF_STRING:
		json_string(*(char *const *)field, out);
		break;
	case CGN_CONF_IP4:
		json_string(format_ip4(field, buf), out);
		break;
	case CGN_CONF_IP6:
		json_string(cgn_addr_text_format_ip6(field, buf), out);
		break;
	case CGN_CONF_IP:
		json_string(cgn_addr_text_format_ip(field, buf), out);
		break;
	case CGN_CONF_MAC:
		json_string(format_mac(field, buf), out);
		break;
	case CGN_CONF_INTERFACE:
	case CGN_CONF_PREFIX:
	case CGN_CONF_PREFIX4:
		json_string(cgn_addr_text_format_prefix(field, buf), out);
		break;
	case CGN_CONF_RANGE4:
		json_string(cgn_addr_text_format_range4(field, buf), out);
		break;
	case CGN_CONF_PORT_RANGE:
	case CGN_CONF_PORTS:
		json_string(format_port_range(key, field, buf), out);
		break;
	case CGN_CONF_EP4:
		json_string(format_ep4(field, buf), out);
		break;
	case CGN_CONF_MARK:
		json_string(format_mark(field, buf), out);
		break;
	case CGN_CONF_LISTEN:
		json_string(format_listen(field, buf), out);
		break;
	case CGN_CONF_PORT_REF:
	case CGN_CONF_POOL_REF:
		json_ref(key, field, conf, out);
		break;
	}
}
