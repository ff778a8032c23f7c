/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints who has which ports in deterministic groups, from a configuration file.
 */
#include "controlplane/cgnctl/ctldet.h"

#include "controlplane/conf/conf.h"
#include "shared/addr_text.h"
#include "shared/det.h"
#include "shared/group.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void
cgn_ctldet_close(struct cgn_ctldet *d)
{
	cgn_det_set_fini(&d->dets);
	cgn_group_map_fini(&d->groups);
	cgn_conf_free(d->conf);
	*d = (struct cgn_ctldet){ 0 };
}

int
cgn_ctldet_open(struct cgn_ctldet *d, const char *path)
{
	struct cgn_conf_errors errs = { 0 };
	int ret;

	*d = (struct cgn_ctldet){ .path = path };
	ret = cgn_conf_load(path, &d->conf, &errs);
	if (ret == -ENOMEM)
		fprintf(stderr, "cgnctl: %s: no memory\n", path);
	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	if (ret < 0)
		return ret;
	ret = cgn_group_map_init(&d->groups, d->conf);
	if (ret == 0)
		ret = cgn_det_set_init(&d->dets, d->conf);
	if (ret < 0)
		cgn_ctldet_close(d);
	return ret;
}

/* Open the file of the command line, which must have a deterministic group. */
static int
open_config(struct cgn_ctldet *d, const char *path)
{
	int ret;

	if (path == NULL) {
		fputs("cgnctl: --config FILE is missing: the configuration of cgnd\n", stderr);
		return -EINVAL;
	}
	ret = cgn_ctldet_open(d, path);
	if (ret == 0 && d->dets.n == 0) {
		fprintf(stderr, "cgnctl: %s: no group is deterministic\n", path);
		cgn_ctldet_close(d);
		ret = -ENOENT;
	}
	return ret;
}

static struct cgn_ctldet_owner
owner_of(const struct cgn_ctldet *f, size_t group, uint32_t number)
{
	const struct cgn_det *d = f->dets.by_group[group];
	uint32_t slot = number % d->slots;

	return (struct cgn_ctldet_owner){
		.group = f->conf->groups[group].name,
		.inside = cgn_det_subscriber(d, number),
		.ext = cgn_det_address(d, number / d->slots),
		.first = d->starts[slot],
		.last = cgn_det_last_port(d, slot),
	};
}

enum cgn_det_kind
cgn_ctldet_find(const struct cgn_ctldet *d, rte_be32_t addr, uint16_t port,
		struct cgn_ctldet_owner *owner)
{
	enum cgn_det_kind kind = CGN_DET_FOREIGN;
	uint32_t number;

	for (size_t g = 0; g < d->dets.n_groups && kind == CGN_DET_FOREIGN; g++) {
		if (d->dets.by_group[g] == NULL)
			continue;
		kind = cgn_det_reverse(d->dets.by_group[g], addr, port, &number);
		if (kind == CGN_DET_OWN)
			*owner = owner_of(d, g, number);
	}
	return kind;
}

bool
cgn_ctldet_find_inside(const struct cgn_ctldet *d, const struct cgn_ip *ip, uint32_t *group,
		struct cgn_ctldet_owner *owner)
{
	const struct cgn_det *det;
	struct cgn_det_place place;

	*group = ip->is_ip6 ? cgn_group_find6(&d->groups, &ip->ip6)
			    : cgn_group_find4(&d->groups, ip->ip4);
	det = *group == CGN_GROUP_NONE ? NULL : d->dets.by_group[*group];
	if (det == NULL ||
			!(ip->is_ip6 ? cgn_det_forward6(det, &ip->ip6, &place)
				     : cgn_det_forward4(det, ip->ip4, &place)))
		return false;
	*owner = owner_of(d, *group, place.number);
	return true;
}

/* How a subscriber is printed. */
enum style {
	STYLE_TEXT,
	STYLE_JSON,
	STYLE_CSV,
};

static void
print_subscriber(const struct cgn_ctldet_owner *o, enum style style, FILE *out)
{
	char sub[CGN_ADDR_TEXT_MAX], ext[CGN_ADDR_TEXT_MAX];

	cgn_addr_text_format_prefix(&o->inside, sub);
	cgn_addr_text_format_ip4(o->ext, ext);
	/* Names of groups have only letters, digits, '_', '-' and '.', so none of this needs quotes or escapes. */
	switch (style) {
	case STYLE_TEXT:
		fprintf(out, "%s %s: %s ports %u-%u\n", o->group, sub, ext, o->first, o->last);
		break;
	case STYLE_JSON:
		fprintf(out,
				"{\"group\":\"%s\",\"subscriber\":\"%s\",\"external\":\"%s\","
				"\"first\":%u,\"last\":%u}",
				o->group, sub, ext, o->first, o->last);
		break;
	case STYLE_CSV:
		fprintf(out, "%s,%s,%s,%u,%u\n", o->group, sub, ext, o->first, o->last);
		break;
	}
}

/* Print one subscriber, as the answer to a question. */
static void
print_one(const struct cgn_ctldet_owner *o, const struct cgn_ctlargs *args, FILE *out)
{
	print_subscriber(o, args->want_json ? STYLE_JSON : STYLE_TEXT, out);
	if (args->want_json)
		fputc('\n', out);
}

static int
forward(const struct cgn_ctldet *d, const struct cgn_ip *ip, const struct cgn_ctlargs *args,
		FILE *out)
{
	struct cgn_ctldet_owner owner;
	uint32_t group;

	if (cgn_ctldet_find_inside(d, ip, &group, &owner)) {
		print_one(&owner, args, out);
		return 0;
	}
	if (group == CGN_GROUP_NONE)
		fprintf(stderr, "cgnctl: %s is in no group of %s\n", args->subject, d->path);
	else if (d->dets.by_group[group] == NULL)
		fprintf(stderr, "cgnctl: %s is in group %s, which is not deterministic\n",
				args->subject, d->conf->groups[group].name);
	else
		fprintf(stderr, "cgnctl: %s is the first or last address of a prefix of group %s: it has no range\n",
				args->subject, d->conf->groups[group].name);
	return -ENOENT;
}

int
cgn_ctldet_forward(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct cgn_ip ip;
	struct cgn_ctldet d;
	int ret;

	(void)s;
	if (cgn_addr_text_parse_ip(args->subject, &ip) < 0) {
		fprintf(stderr, "cgnctl: not an address: %s\n", args->subject);
		return -EINVAL;
	}
	ret = open_config(&d, args->config);
	if (ret < 0)
		return ret;
	ret = forward(&d, &ip, args, out);
	cgn_ctldet_close(&d);
	return ret;
}

static int
reverse(const struct cgn_ctldet *d, rte_be32_t addr, uint16_t port, const struct cgn_ctlargs *args,
		FILE *out)
{
	static const char *const why[] = {
		[CGN_DET_FOREIGN] = "not in a pool of a deterministic group",
		[CGN_DET_RESERVED] = "reserved: nobody has this port",
		[CGN_DET_DYNAMIC] =
				"in the dynamic part: only the records of blocks tell who had it",
		[CGN_DET_UNUSED] = "in no range: nobody has this port",
	};
	struct cgn_ctldet_owner owner;
	enum cgn_det_kind kind = cgn_ctldet_find(d, addr, port, &owner);

	if (kind == CGN_DET_OWN) {
		print_one(&owner, args, out);
		return 0;
	}
	fprintf(stderr, "cgnctl: %s is %s\n", args->subject, why[kind]);
	return -ENOENT;
}

int
cgn_ctldet_reverse(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	rte_be32_t addr;
	uint16_t port;
	struct cgn_ctldet d;
	int ret;

	(void)s;
	if (cgn_addr_text_parse_ep4_any(args->subject, &addr, &port) < 0) {
		fprintf(stderr, "cgnctl: not an endpoint such as 192.0.2.1:2001: %s\n",
				args->subject);
		return -EINVAL;
	}
	ret = open_config(&d, args->config);
	if (ret < 0)
		return ret;
	ret = reverse(&d, addr, port, args, out);
	cgn_ctldet_close(&d);
	return ret;
}

int
cgn_ctldet_export(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	enum style style = args->want_json ? STYLE_JSON : args->want_csv ? STYLE_CSV : STYLE_TEXT;
	bool is_begun = false;
	struct cgn_ctldet d;
	int ret;

	(void)s;
	ret = open_config(&d, args->config);
	if (ret < 0)
		return ret;
	if (style == STYLE_CSV)
		fputs("group,subscriber,external,first,last\n", out);
	/* Line by line: there may be millions. A reader that has gone ends it. */
	for (size_t g = 0; g < d.dets.n_groups; g++) {
		const struct cgn_det *det = d.dets.by_group[g];

		for (uint32_t k = 0; det != NULL && k < det->n_subscribers && ferror(out) == 0;
				k++) {
			const struct cgn_ctldet_owner owner = owner_of(&d, g, k);

			if (style == STYLE_JSON)
				fputs(is_begun ? ",\n  " : "[\n  ", out);
			is_begun = true;
			print_subscriber(&owner, style, out);
		}
	}
	if (style == STYLE_JSON)
		fputs(is_begun ? "\n]\n" : "[]\n", out);
	cgn_ctldet_close(&d);
	return 0;
}
