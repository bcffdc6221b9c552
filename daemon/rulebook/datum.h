// Map datums: positions from Chinese maps are shifted by up to some hundred metres and must be brought back.
#pragma once

#include "core/words.h"

// Degrees, in place. WGS84, CGCS2000 (the same within centimetres) and 0 stay; GCJ02 comes back to within
// millimetres of what was shifted, BD09 to within a metre. Positions outside China are not shifted by these
// datums and stay.
void datum_to_wgs84(enum datum datum, double *latitude, double *longitude);

// The other way, for tests and for maps: WGS84 → GCJ02.
void datum_to_gcj02(double *latitude, double *longitude);
