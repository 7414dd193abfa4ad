// SPDX-License-Identifier: MIT
/** Selects the applet of the chip at `bus`, says so, and keeps the bus until its input ends. */
import { nextLine } from "host/input";
import config from "mc/config";
import Link from "se050/link";
import { SE050 } from "se050/se050";

const link = new Link({ bus: (config as unknown as { bus: string }).bus });
new SE050(link).select();
trace("selected\n");
nextLine();
link.close();
