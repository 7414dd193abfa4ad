// SPDX-License-Identifier: MIT
/** The fields of an event by their names; an undefined one is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;
