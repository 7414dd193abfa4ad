// SPDX-License-Identifier: MIT
import "reflect-metadata";

/** @peculiar/x509, with what it needs to load. */
export * from "@peculiar/x509";
