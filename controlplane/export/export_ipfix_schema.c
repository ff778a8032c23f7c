/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Elements and templates for libfixbuf. Their tables are constant, so an error here is an error of cgnd.
 */
#include "controlplane/export/export_ipfix_schema.h"

#include <assert.h>
#include <string.h>

#define TEMPLATES      (CGN_EXPORT_IPFIX_END - CGN_EXPORT_IPFIX_BEFORE - 1)
#define ELEMENTS_MAX   24 /* of a template */
#define ENDIAN_OF(len) ((len) == FB_IE_VARLEN || (len) == 1 ? 0 : FB_IE_F_ENDIAN)

struct template
{
	uint8_t n_scope;
	const char *elements[ELEMENTS_MAX + 1];
};

/* clang-format off */
static const struct template templates[TEMPLATES] = {
#define TEMPLATE_ROW(id, n_scope, ...) { n_scope, { __VA_ARGS__ } },
	CGN_EXPORT_IPFIX_TEMPLATES(TEMPLATE_ROW)
#undef TEMPLATE_ROW
};

static const struct layout_row {
	const char *element;
	uint16_t len;
} texts[] = {
#define TEXT_ROW(member, element) { element, FB_IE_VARLEN },
	CGN_EXPORT_IPFIX_TEXTS(TEXT_ROW)
#undef TEXT_ROW
}, numbers[] = {
#define NUMBER_ROW(type, member, element) { element, sizeof(type) },
	CGN_EXPORT_IPFIX_NUMBERS(NUMBER_ROW)
#undef NUMBER_ROW
};
/* clang-format on */

static const uint16_t element_numbers[] = {
#define ELEMENT_NUMBER(num, name, type, len, flags, text) num,
	CGN_EXPORT_IPFIX_ELEMENTS(ELEMENT_NUMBER)
#undef ELEMENT_NUMBER
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* libfixbuf walks over the struct and knows no gaps. */
#define NUMBER_SIZE(type, member, element) +sizeof(type)
static_assert(0 CGN_EXPORT_IPFIX_NUMBERS(NUMBER_SIZE) ==
				offsetof(struct cgn_export_ipfix_fields, proto) + 1 -
						offsetof(struct cgn_export_ipfix_fields, time),
		"a gap between the numbers");
#undef NUMBER_SIZE
static_assert(ROWS(texts) * sizeof(fbVarfield_t) == offsetof(struct cgn_export_ipfix_fields, time),
		"a gap between the texts");

fbInfoModel_t *
cgn_export_ipfix_schema_model(void)
{
	static const fbInfoElement_t elements[] = {
#define ELEMENT(num, name, type, len, flags, text)                                            \
	FB_IE_INIT_FULL(name, CGN_EXPORT_IPFIX_PEN, num, len, (flags) | ENDIAN_OF(len), 0, 0, \
			type, text),
		CGN_EXPORT_IPFIX_ELEMENTS(ELEMENT)
#undef ELEMENT
	};
	fbInfoModel_t *model = fbInfoModelAlloc();

	for (size_t i = 0; i < ROWS(elements); i++) {
		fbInfoElement_t e = elements[i];

		fbInfoModelAddElement(model, &e);
	}
	return model;
}

/* @param len  0: that of the element */
static void
append(fbTemplate_t *t, const char *element, uint16_t len)
{
	/* libfixbuf only reads the name. */
	fbInfoElementSpec_t spec = { .name = (char *)(uintptr_t)element, .len_override = len };
	GError *error = NULL;
	bool is_good = fbTemplateAppendSpec(t, &spec, UINT32_MAX, &error);

	assert(is_good);
	(void)is_good;
}

static void
add(fbSession_t *s, bool is_layout, uint16_t id, fbTemplate_t *t)
{
	GError *error = NULL;
	uint16_t got = fbSessionAddTemplate(s, is_layout, id, t, &error);

	assert(got == id);
	(void)got;
}

static void
add_templates(fbSession_t *s, fbInfoModel_t *model)
{
	for (unsigned int i = 0; i < TEMPLATES; i++) {
		fbTemplate_t *t = fbTemplateAlloc(model);

		for (unsigned int e = 0; templates[i].elements[e] != NULL; e++)
			append(t, templates[i].elements[e], 0);
		if (templates[i].n_scope > 0)
			fbTemplateSetOptionsScope(t, templates[i].n_scope);
		add(s, false, (uint16_t)(CGN_EXPORT_IPFIX_BEFORE + 1 + i), t);
	}
}

static void
add_layouts(fbSession_t *s, fbInfoModel_t *model)
{
	fbTemplate_t *all = fbTemplateAlloc(model), *only_numbers = fbTemplateAlloc(model);

	for (unsigned int i = 0; i < ROWS(texts); i++)
		append(all, texts[i].element, texts[i].len);
	for (unsigned int i = 0; i < ROWS(numbers); i++) {
		append(all, numbers[i].element, numbers[i].len);
		append(only_numbers, numbers[i].element, numbers[i].len);
	}
	add(s, true, CGN_EXPORT_IPFIX_LAYOUT_ALL, all);
	add(s, true, CGN_EXPORT_IPFIX_LAYOUT_NUMBERS, only_numbers);
}

fbSession_t *
cgn_export_ipfix_schema_session(fbInfoModel_t *model, uint32_t domain)
{
	fbSession_t *s = fbSessionAlloc(model);
	GError *error = NULL;
	uint16_t types;

	/* Templates belong to the domain. */
	fbSessionSetDomain(s, domain);
	add_templates(s, model);
	add_layouts(s, model);
	types = fbSessionSetMetadataExportElements(s, TRUE, CGN_EXPORT_IPFIX_SCHEMA_TYPES, &error);
	assert(types == CGN_EXPORT_IPFIX_SCHEMA_TYPES);
	(void)types;
	return s;
}

static bool
is_text(const char *element)
{
	for (unsigned int i = 0; i < ROWS(texts); i++) {
		if (strcmp(texts[i].element, element) == 0)
			return true;
	}
	return false;
}

enum cgn_export_ipfix_layout
cgn_export_ipfix_schema_layout(enum cgn_export_ipfix_template id)
{
	const struct template *t = &templates[id - CGN_EXPORT_IPFIX_BEFORE - 1];

	for (unsigned int e = 0; t->elements[e] != NULL; e++) {
		if (is_text(t->elements[e]))
			return CGN_EXPORT_IPFIX_LAYOUT_ALL;
	}
	return CGN_EXPORT_IPFIX_LAYOUT_NUMBERS;
}

const uint16_t *
cgn_export_ipfix_schema_elements(size_t *n)
{
	*n = ROWS(element_numbers);
	return element_numbers;
}
