// A small C interface to the DOM parser of simdjson (https://simdjson.org), made for the module JSON and for nobody else.
//
// Every function is total: whatever it is given, short of a pointer that is none, it answers, and no C++ exception leaves
// it. A value, a cursor and the bytes of a string live inside their parser: they are good until the next
// `csimdjson_parser_parse` or `csimdjson_parser_destroy`, and using them afterwards is undefined.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CSIMDJSON_NOEXCEPT noexcept
extern "C" {
#else
#define CSIMDJSON_NOEXCEPT
#endif

/// A parser and the memory of the one document that it holds. Not to be used by two threads at once.
typedef struct csimdjson_parser csimdjson_parser;

/// One value of the document: where it stands, 16 bytes, to be copied freely.
typedef struct csimdjson_value {
    const void *document;
    size_t index;
} csimdjson_value;

/// Bytes of UTF-8 in the parser's memory, unescaped, without a zero at the end.
typedef struct csimdjson_text {
    const uint8_t *bytes;
    size_t count;
} csimdjson_text;

typedef enum csimdjson_kind {
    csimdjson_kind_null,
    csimdjson_kind_boolean,
    csimdjson_kind_signed,    // a whole number within int64_t
    csimdjson_kind_unsigned,  // a whole number beyond int64_t and within uint64_t
    csimdjson_kind_double,    // a number with a fraction or an exponent
    csimdjson_kind_string,
    csimdjson_kind_array,
    csimdjson_kind_object,
} csimdjson_kind;

typedef enum csimdjson_status {
    csimdjson_status_ok,
    csimdjson_status_empty,      // nothing but white space
    csimdjson_status_too_long,   // longer than the parser was made for
    csimdjson_status_too_deep,   // nested deeper than the parser was made for
    csimdjson_status_not_utf8,
    csimdjson_status_string,     // a string that does not end, or with a bad escape or a control character
    csimdjson_status_number,     // a number that is none, or that no 64 bits hold
    csimdjson_status_structure,  // anything else: a bracket, a comma, a word that is not JSON
} csimdjson_status;

/// Makes a parser and all the memory that it will ever use: nothing is allocated later. Null where there is no memory.
csimdjson_parser *csimdjson_parser_create(size_t document_bytes_max, size_t depth_max) CSIMDJSON_NOEXCEPT;
void csimdjson_parser_destroy(csimdjson_parser *parser) CSIMDJSON_NOEXCEPT;

/// Copies the document and reads the whole of it, which invalidates the one before; `root` is set where the status is ok.
csimdjson_status csimdjson_parser_parse(
    csimdjson_parser *parser, const uint8_t *bytes, size_t count, csimdjson_value *root) CSIMDJSON_NOEXCEPT;

csimdjson_kind csimdjson_value_kind(csimdjson_value value) CSIMDJSON_NOEXCEPT;

// Each sets `out` and answers true if the value is of that kind; otherwise it answers false and leaves `out` alone.
bool csimdjson_value_boolean(csimdjson_value value, bool *out) CSIMDJSON_NOEXCEPT;
bool csimdjson_value_signed(csimdjson_value value, int64_t *out) CSIMDJSON_NOEXCEPT;
bool csimdjson_value_double(csimdjson_value value, double *out) CSIMDJSON_NOEXCEPT;  // of any number
bool csimdjson_value_text(csimdjson_value value, csimdjson_text *out) CSIMDJSON_NOEXCEPT;

// One walk for several members: sets `found[i]` to the member with the name `names[i]`, of a repeated name the last one;
// leaves it alone if there is none, or the value is no object.
void csimdjson_value_pick(
    csimdjson_value object, const csimdjson_text *names, size_t count, csimdjson_value *found) CSIMDJSON_NOEXCEPT;

/// Where a walk through an array or an object stands.
typedef struct csimdjson_cursor {
    csimdjson_value next;
    csimdjson_value end;
} csimdjson_cursor;

// A walk: false if the value is no object or no array.
bool csimdjson_value_members(csimdjson_value object, csimdjson_cursor *out) CSIMDJSON_NOEXCEPT;
bool csimdjson_value_elements(csimdjson_value array, csimdjson_cursor *out) CSIMDJSON_NOEXCEPT;

// One step of the walk: false at its end. In the order of the document; of a repeated name, each member.
bool csimdjson_cursor_next_member(
    csimdjson_cursor *cursor, csimdjson_text *name, csimdjson_value *value) CSIMDJSON_NOEXCEPT;
bool csimdjson_cursor_next_element(csimdjson_cursor *cursor, csimdjson_value *value) CSIMDJSON_NOEXCEPT;

#ifdef __cplusplus
}
#endif
