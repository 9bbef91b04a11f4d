"""Settings: one `regulars.toml`, environment over file over default, read once at the edge.

An environment variable `REGULARS__CHURN__HORIZON_DAYS=28` overrides `horizon_days` of `[churn]`.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

FILE_NAME = "regulars.toml"
PREFIX = "REGULARS__"
COMPLAINTS = ("complaint", "delivery", "quality", "service", "price", "return", "refund", "damaged")
_MEMORY = re.compile(r"(?=.*[1-9])(\d{1,9}(\.\d{1,3})?\s*[KMGT]i?B|\d{1,2}%|100%)", re.IGNORECASE | re.ASCII)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Section):
    """Where the retailer's tables are and how their times and money read.

    `path` is a folder of files or a DuckDB file; `url`, a database as SQLAlchemy writes it, takes its place.
    """

    path: Path = Path("data")
    url: SecretStr | None = None
    overlap_hours: float = Field(default=24, ge=0, le=8760)
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    time_formats: tuple[str, ...] = ()
    timezone: str = "UTC"
    currency: str = "EUR"
    minor_digits: int = Field(default=2, ge=0, le=4)
    as_of: datetime | None = None
    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    memory_limit: str = "2GB"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a zone of the IANA time zone database") from error
        return name

    @field_validator("memory_limit")
    @classmethod
    def _amount_of_memory(cls, text: str) -> str:
        if not _MEMORY.fullmatch(text):
            raise ValueError("write an amount of memory such as 2GB, 500 MB or 80%")
        return text


class TableSettings(_Section):
    """One table's file, or its name in a database, and the retailer's own column names, `{ours = "theirs"}`.

    `computed` makes a column from others, such as `{amount = "Quantity * UnitPrice"}`. Encoding, decimal mark
    and time formats are those of `[source]` where they are not given.
    """

    file: str | None = None
    table: str | None = None
    columns: dict[str, str] = {}
    computed: dict[str, str] = {}
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    time_formats: tuple[str, ...] | None = None


class ConsentSettings(_Section):
    """The ground on which customers may be profiled where no `consents` table is brought."""

    basis: Literal["consent", "contract", "legitimate_interest", "public_data"] | None = None


class FeatureSettings(_Section):
    """What features have to be told of the shop.

    `tier_points` are the points within 365 days that each tier asks for. `allow_without_history` names columns
    of `customers` that are used as they are today although they may have changed since.
    """

    complaint_topics: tuple[str, ...] = COMPLAINTS
    tier_points: dict[str, int] = {}
    allow_without_history: tuple[Literal["tier", "membership", "programme", "country", "language"], ...] = ()
    chunk_rows: int = Field(default=100_000, ge=1_000, le=10_000_000)

    @property
    def present(self) -> tuple[str, ...]:
        """What was set, as features name what they need."""
        tiers = ("settings.features.tier_points",) if self.tier_points else ()
        return tiers + tuple(
            f"settings.features.allow_without_history.{c}" for c in self.allow_without_history
        )


class ChurnSettings(_Section):
    """The churn task: no order, or a membership that ends; what is not given is chosen from the purchases."""

    kind: Literal["non_contractual", "contractual"] = "non_contractual"
    horizon_days: int | None = Field(default=None, ge=1, le=730)
    active_days: int | None = Field(default=None, ge=1, le=1460)


class LoyaltyTypeSettings(_Section):
    """What is known of a loyalty type besides its rule: channels that it buys in, and survey answers that mean it."""

    channels: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


TypeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")]


class LoyaltySettings(_Section):
    """The loyalty-type task: windows in days, orders that make a customer a regular, types of one's own."""

    window_days: int = Field(default=182, ge=7, le=730)
    min_orders: int | None = Field(default=None, ge=1)
    min_past_orders: int = Field(default=1, ge=1)
    threshold: float = 0.5
    least_confidence: float = Field(default=0.4, ge=0, le=1)
    types: dict[TypeName, LoyaltyTypeSettings] = {}


class ValueSettings(_Section):
    """What customers are worth: the margin, where products have no cost."""

    margin_rate: float = Field(default=0.3, gt=0, le=1)


class TrainingSettings(_Section):
    """How models are fitted: spacing of the training cutoffs, seed, threads."""

    cutoff_every_days: int | None = Field(default=None, ge=1)
    max_cutoffs: int = Field(default=26, ge=1)
    seed: int = 7
    threads: int = Field(default=1, ge=1)
    max_plausible_auroc: float = Field(default=0.98, gt=0.5, le=1)


class PromotionSettings(_Section):
    """What a challenger has to hold to take the champion's place."""

    min_rows: int = Field(default=200, ge=1)
    min_events: int = Field(default=25, ge=1)
    auroc_margin: float = Field(default=0.005, ge=0)
    log_loss_tolerance: float = Field(default=0.001, ge=0)
    calibration_tolerance: float = Field(default=0.005, ge=0)
    group_margin: float = Field(default=0.02, ge=0)
    max_slowdown: float = Field(default=2.0, gt=0)


class MonitorSettings(_Section):
    """From where on a drift is watched, and from where on it asks for training."""

    watch: float = Field(default=0.1, gt=0)
    drift: float = Field(default=0.25, gt=0)
    watch_share: float = Field(default=0.1, gt=0, le=1)
    drifted_share: float = Field(default=0.3, gt=0, le=1)
    calibration: float = Field(default=0.03, gt=0)
    auroc_lost: float = Field(default=0.02, gt=0)


class SentimentSettings(_Section):
    """What the retailer adds to what is known of texts."""

    aspects: Path | None = None


class ReasonSettings(_Section):
    """How reasons for a score are told."""

    language: str = Field(default="en", pattern="^[a-z]{2,3}$")


class BandSettings(_Section):
    """Lower edges of the risk bands, as churn probabilities."""

    medium: float = Field(default=0.3, ge=0, le=1)
    high: float = Field(default=0.6, ge=0, le=1)


class OfferSettings(_Section):
    """How offers are decided: control groups, exploration, and how long a decision is kept for its customer."""

    holdout: float = Field(default=0.05, ge=0, lt=1)
    random: float = Field(default=0.05, ge=0, lt=1)
    explore: float = Field(default=0.1, ge=0, le=1)
    strategy: Literal["score", "thompson"] = "score"
    reserve_minutes: float = Field(default=30, ge=0)
    reward_share: float = Field(default=0.1, gt=0, le=1)

    @model_validator(mode="after")
    def _leave_some(self) -> Self:
        if self.holdout + self.random >= 1:
            raise ValueError(f"holdout {self.holdout} and random {self.random} leave nobody for the policy")
        return self


class ReportSettings(_Section):
    """What a contact costs and brings, for the profit of a report; amounts in `source.currency`."""

    value_saved: float | None = Field(default=None, ge=0)
    contact_cost: float = Field(default=1.0, ge=0)
    save_rate: float = Field(default=0.1, ge=0, le=1)
    capacity: float = Field(default=0.1, gt=0, le=1)


class SparkSettings(_Section):
    """Where Spark runs, what a driver and an executor may take, and into how many parts customers are spread."""

    master: str = "local[*]"
    memory: str = Field(default="2g", pattern=r"^[1-9][0-9]*[mgMG]$")
    partitions: int = Field(default=8, ge=1, le=100_000)


class ServingSettings(_Section):
    """Address and size of the service."""

    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    workers: int = Field(default=2, ge=1, le=64)
    store_url: str | None = None


class Settings(BaseSettings):
    """Everything that can be configured. `root` is the folder that holds the file and the workspace."""

    model_config = SettingsConfigDict(extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    root: Path = Path()
    source: SourceSettings = SourceSettings()
    tables: dict[str, TableSettings] = {}
    consent: ConsentSettings = ConsentSettings()
    features: FeatureSettings = FeatureSettings()
    churn: ChurnSettings = ChurnSettings()
    loyalty: LoyaltySettings = LoyaltySettings()
    value: ValueSettings = ValueSettings()
    training: TrainingSettings = TrainingSettings()
    promotion: PromotionSettings = PromotionSettings()
    monitor: MonitorSettings = MonitorSettings()
    sentiment: SentimentSettings = SentimentSettings()
    reasons: ReasonSettings = ReasonSettings()
    offers: OfferSettings = OfferSettings()
    bands: BandSettings = BandSettings()
    report: ReportSettings = ReportSettings()
    serving: ServingSettings = ServingSettings()
    spark: SparkSettings = SparkSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (fixed by the base class)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (fixed by the base class)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def source_folder(self) -> Path:
        """The retailer's folder, relative paths read from where the file is."""
        return self.source.path if self.source.path.is_absolute() else self.root / self.source.path

    @property
    def aspect_folder(self) -> Path | None:
        """The retailer's own lists of aspects, a relative path read from where the file is."""
        return None if self.sentiment.aspects is None else self.root / self.sentiment.aspects


def load_settings(root: Path | str = ".", **overrides: Any) -> Settings:
    """Read `regulars.toml` of a folder, with the environment over it.

    Raises:
        FileNotFoundError: the folder holds no `regulars.toml`.
        ValueError: the file is not TOML, or it or the environment names a setting that does not exist or a value
            out of range.
    """
    folder = Path(root)
    file = folder / FILE_NAME
    if not file.is_file():
        raise FileNotFoundError(f"no {FILE_NAME} in {folder.resolve()}; make one with: regulars init")

    _check_environment()

    class _FileSettings(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return _FileSettings(root=folder, **overrides)
    except ValidationError as error:
        raise ValueError(f"{file}: {_in_words(error)}") from error
    except SettingsError as error:
        raise ValueError(_unreadable_variable(error)) from error
    except ValueError as error:
        raise ValueError(f"{file} is not valid TOML: {error}") from error


def _check_environment() -> None:
    sections = [name for name in Settings.model_fields if name != "root"]
    for name in _variables():
        if name[len(PREFIX) :].split("__")[0].lower() not in sections:
            known = ", ".join(sections)
            raise ValueError(f"the environment variable {name} names no section; the sections are {known}")


def _variables() -> list[str]:
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX))


def _unreadable_variable(error: SettingsError) -> str:
    """Names the variable by its content, which the error knows; the content itself is not shown."""
    content = getattr(error.__cause__, "doc", None)
    names = [name for name in _variables() if os.environ[name] == content]
    return f"the environment variable {' or '.join(names) or PREFIX + '...'} is not valid JSON: {error.__cause__}"


def _in_words(error: ValidationError) -> str:
    problems = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        found = item.get("input")
        if item["type"] == "extra_forbidden":
            problems.append(f"{where} is not a setting; see docs/configuration.md")
        else:
            problems.append(f"{where} is {found!r}: {item['msg']}")
    return "; ".join(problems)
