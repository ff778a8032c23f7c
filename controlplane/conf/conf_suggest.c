/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Guesses what was meant by a wrong value, for conf_read.c and conf_check.c.
 */
#include "controlplane/conf/conf_suggest.h"

#include "controlplane/conf/conf_value.h"
#include "shared/addr_text.h"
#include "shared/spelling.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
cgn_conf_suggest_word(struct cgn_conf_suggest *s, const char *wrong, const char *word)
{
	const size_t len = strlen(wrong);
	unsigned int d;

	if (len < 2 || len > CGN_SPELLING_MAX)
		return;
	/* "udp" was meant as "udp_s". */
	d = len > 2 && strncmp(wrong, word, len) == 0 ? 1 : cgn_spelling_distance(wrong, word);
	if (d > (len < 8 ? 1 : len / 4) || (s->best != NULL && d >= s->distance))
		return;
	s->best = word;
	s->distance = d;
}

static void
suggest_choice(const struct cgn_conf_key *key, const char *text, char *buf)
{
	struct cgn_conf_suggest s = { 0 };

	for (const struct cgn_conf_choice *c = key->choices; c->name != NULL; c++)
		cgn_conf_suggest_word(&s, text, c->name);
	if (s.best != NULL)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, "; did you mean %s?", s.best);
}

/* An address without a length, or a prefix with bits behind its length. */
static void
suggest_prefix(const struct cgn_conf_key *key, const char *text, char *buf)
{
	char format[CGN_ADDR_TEXT_MAX];
	struct cgn_prefix p;

	if (cgn_addr_text_parse_prefix(text, &p) < 0 || (key->type == CGN_CONF_PREFIX4 && p.is_ip6))
		return;
	if (p.is_ip6)
		p.ip6 = cgn_ip6_prefix(&p.ip6, p.len);
	else
		p.ip4 &= rte_cpu_to_be_32(cgn_mask4(p.len));
	cgn_addr_text_format_prefix(&p, format);
	snprintf(buf, CGN_CONF_SUGGEST_MAX, ", such as %s", format);
}

static void
suggest_interface(const char *text, char *buf)
{
	struct cgn_ip ip;

	if (cgn_addr_text_parse_ip(text, &ip) == 0)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, "; did you mean %s/%s?", text,
				ip.is_ip6 ? "64" : "24");
}

/* A range with its ends swapped, or a prefix with bits behind its length. */
static void
suggest_range(const char *text, char *buf)
{
	static const struct cgn_conf_key prefix4 = { .type = CGN_CONF_PREFIX4 };
	char swapped[2 * CGN_ADDR_TEXT_MAX];
	const char *dash = strchr(text, '-');
	struct cgn_range4 r;

	if (dash == NULL) {
		suggest_prefix(&prefix4, text, buf);
		return;
	}
	if (strlen(text) >= CGN_ADDR_TEXT_MAX)
		return;
	snprintf(swapped, sizeof(swapped), "%s-%.*s", dash + 1, (int)(dash - text), text);
	if (cgn_addr_text_parse_range4(swapped, &r) == 0)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, ", such as %s", swapped);
}

/* A MAC address with other signs between its octets, as Windows and Cisco write it. */
static void
suggest_mac(const struct cgn_conf_key *key, const char *text, char *buf)
{
	char mac[18], digits[13];
	uint8_t octets[6];
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if (isxdigit((unsigned char)*p) && n < 12)
			digits[n++] = (char)tolower((unsigned char)*p);
		else if (strchr(":-.", *p) == NULL)
			return;
	}
	digits[n] = '\0';
	if (n != 12)
		return;
	snprintf(mac, sizeof(mac), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", digits, digits + 2, digits + 4,
			digits + 6, digits + 8, digits + 10);
	if (cgn_conf_value_parse(key, mac, octets) == 0)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, "; did you mean %s?", mac);
}

static void
suggest_bool(const char *text, char *buf)
{
	static const char *const words[][2] = { { "yes", "true" }, { "on", "true" },
		{ "1", "true" }, { "no", "false" }, { "off", "false" }, { "0", "false" } };
	struct cgn_conf_suggest s = { 0 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i][0]) == 0)
			s.best = words[i][1];
	}
	if (s.best == NULL) {
		cgn_conf_suggest_word(&s, text, "true");
		cgn_conf_suggest_word(&s, text, "false");
	}
	if (s.best != NULL)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, "; did you mean %s?", s.best);
}

/* One port where a range is needed. */
static void
suggest_port_range(const char *text, char *buf)
{
	uint32_t port;

	if (cgn_addr_text_parse_u32(text, &port) == 0 && port >= 1 && port <= UINT16_MAX)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, ", such as %" PRIu32 "-65535", port);
}

/* An IPv4 address without its port. */
static void
suggest_ep(const char *text, const char *port, char *buf)
{
	rte_be32_t ip4;

	if (cgn_addr_text_parse_ip4(text, &ip4) == 0)
		snprintf(buf, CGN_CONF_SUGGEST_MAX, ", such as %s:%s", text, port);
}

const char *
cgn_conf_suggest_value(const struct cgn_conf_key *key, const char *text,
		char buf[static CGN_CONF_SUGGEST_MAX])
{
	buf[0] = '\0';
	switch ((unsigned int)key->type) {
	case CGN_CONF_BOOL:
		suggest_bool(text, buf);
		break;
	case CGN_CONF_CHOICE:
		suggest_choice(key, text, buf);
		break;
	case CGN_CONF_PREFIX:
	case CGN_CONF_PREFIX4:
		suggest_prefix(key, text, buf);
		break;
	case CGN_CONF_INTERFACE:
		suggest_interface(text, buf);
		break;
	case CGN_CONF_RANGE4:
		suggest_range(text, buf);
		break;
	case CGN_CONF_MAC:
		suggest_mac(key, text, buf);
		break;
	case CGN_CONF_PORT_RANGE:
		suggest_port_range(text, buf);
		break;
	case CGN_CONF_EP4:
		suggest_ep(text, "8080", buf);
		break;
	case CGN_CONF_LISTEN:
		suggest_ep(text, "9469", buf);
		break;
	default:
		break;
	}
	return buf;
}
