// SPDX-License-Identifier: MIT
class Build {
	static time(): number {
		return native("xs_platform_build_time").call(this) as number;
	}
}

/** When the firmware was built, in seconds since 1970: the day before, because the compiler's clock has no time zone. */
export default function buildTime(): number {
	return Build.time();
}
