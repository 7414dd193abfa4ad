/* SPDX-License-Identifier: MIT */
#include "idf.h"
