"""The standard's closed lists of values, and every spelling under which they arrive.

Our own tables of the names that GS1 CBV 2.0 and the GS1 Web Vocabulary define. A value is bare
inside the hub; a URN, a Web URI and a CURIE of the standard prefixes mean the same. Must not know
events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BIZ_STEPS: Final = _words(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance "
    "cycle_counting decommissioning departing destroying disassembling dispensing encoding "
    "entering_exiting holding inspecting installing killing loading other packing picking "
    "receiving removing repackaging repairing replacing reserving retail_selling sampling "
    "sensor_reporting shipping staging_outbound stock_taking stocking storing transporting "
    "unloading unpacking void_shipping"
)
DISPOSITIONS: Final = _words(
    "active available completeness_inferred completeness_verified conformant container_closed "
    "container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit "
    "inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement "
    "no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved "
    "retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable "
    "unknown"
)
TRANSACTION_TYPES: Final = _words(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
)
PARTY_TYPES: Final = frozenset({"owning_party", "possessing_party", "location"})
ERROR_REASONS: Final = frozenset({"did_not_occur", "incorrect_data"})
ALERTS: Final = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS: Final = _words(
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting "
    "northing latitude longitude"
)
MEASUREMENTS: Final = _words(
    "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance "
    "AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area "
    "Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent "
    "DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity "
    "ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance "
    "KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity "
    "MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate "
    "MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power "
    "Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity "
    "SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage "
    "Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber"
)

CBV_WEB: Final = "https://ref.gs1.org/cbv/"
CBV_URN: Final = "urn:epcglobal:cbv:"
GS1_WEB: Final = "https://gs1.org/voc/"
CBV_BASES: Final = (CBV_WEB, "http://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
GS1_BASES: Final = (
    GS1_WEB,
    "http://gs1.org/voc/",
    "https://ref.gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
)
_STANDARD_PREFIXES: Final = {"cbv:": CBV_WEB, "gs1:": GS1_WEB}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


class Vocabulary(NamedTuple):
    """One closed list.

    Attributes:
        values: the bare values.
        spellings: every other standard spelling -> the bare value.
        reserved: how URIs begin that only the standard may define.
        home: where an open list has its values; any other term from there is bare too.
    """

    values: frozenset[str]
    spellings: Mapping[str, str]
    reserved: tuple[str, ...]
    home: str = ""

    def bare(self, value: str) -> str:
        """The bare value of any standard spelling; a standard prefix of another value, expanded."""
        known = self.spellings.get(value)
        if known is not None:
            return known
        full = expanded(value)
        return full.removeprefix(self.home) if self.home else full

    def allows(self, value: str) -> bool:
        """True for a standard value, and for a URI outside the standard's own namespace."""
        return value in self.values or (is_uri(value) and not value.startswith(self.reserved))


def _cbv(values: frozenset[str], word: str, urn: str = "") -> Vocabulary:
    """A list of the CBV: Web URI `.../<word>-<value>`, URN `urn:epcglobal:cbv:<urn>:<value>`."""
    bases = [f"{base}{word}-" for base in (*CBV_BASES, "cbv:")]
    reserved = [f"{CBV_WEB}{word}-"]
    if urn:
        bases.append(f"{CBV_URN}{urn}:")
        reserved.append(f"{CBV_URN}{urn}:")
    return Vocabulary(values, _spellings(values, bases), tuple(reserved))


def _gs1(values: frozenset[str], home: str = "") -> Vocabulary:
    """A list of the GS1 Web Vocabulary, which is open: other terms of it are no fault."""
    return Vocabulary(values, _spellings(values, (*GS1_BASES, "gs1:")), (), home)


def _spellings(values: frozenset[str], bases: Iterable[str]) -> Mapping[str, str]:
    return {f"{base}{value}": value for base in bases for value in values}


BIZ_STEP: Final = _cbv(BIZ_STEPS, "BizStep", "bizstep")
DISPOSITION: Final = _cbv(DISPOSITIONS, "Disp", "disp")
TRANSACTION_TYPE: Final = _cbv(TRANSACTION_TYPES, "BTT", "btt")
PARTY_TYPE: Final = _cbv(PARTY_TYPES, "SDT", "sdt")
ERROR_REASON: Final = _cbv(ERROR_REASONS, "ER", "er")
COMPONENT: Final = _cbv(COMPONENTS, "Comp")
MEASUREMENT: Final = _gs1(MEASUREMENTS, GS1_WEB)
ALERT: Final = _gs1(ALERTS)


def is_uri(value: str) -> bool:
    """True when the text has a scheme and nothing that a URI can't hold (RFC 3986, IRIs too)."""
    return _URI.fullmatch(value) is not None


def expanded(value: str) -> str:
    """A CURIE of the prefixes that the standard itself defines, in full; other text as it is."""
    base = _STANDARD_PREFIXES.get(value[:4])
    return value if base is None else base + value[4:]
