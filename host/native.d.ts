// SPDX-License-Identifier: MIT
/**
 * What SDK 8.2.3's xs.d.ts declares and the typings on npm (5.6.0) do not yet: XS's standard-JavaScript
 * form of host classes and functions ("XS in C", section Native). The argument is always a string literal.
 */
declare function Native(destructor: string): new () => object;
declare function native(callback: string): (...args: unknown[]) => unknown;
