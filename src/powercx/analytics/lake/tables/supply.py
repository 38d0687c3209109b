"""Facts of the supply itself: readings, interruptions, voltage, bills, equipment."""

from __future__ import annotations

from powercx.analytics.lake.schema import Column, Kind, LakeTable, Type
from powercx.analytics.lake.tables.reference import CUSTOMER_ID, USAGE_POINT_ID

_ENERGY_HIGH = 1e8
_MONEY_HIGH = 1e11


def _energy(name: str, zh: str, en: str, *synonyms: str, required: bool = False) -> Column:
    return Column(
        name, Type.ENERGY, zh, en, required=required, low=0, high=_ENERGY_HIGH, synonyms=synonyms
    )


USAGE_DAILY = LakeTable(
    "usage_daily",
    Kind.FACT,
    "日用电量",
    "daily usage",
    "one row per usage point and day",
    own=(
        Column(
            "usage_point_id",
            Type.ID,
            "用电点编号",
            "usage point",
            required=True,
            references="usage_point",
            synonyms=("计量点编号", "供电点编号", "表计点"),
        ),
        CUSTOMER_ID,
        Column(
            "date",
            Type.DATE,
            "日期",
            "day",
            required=True,
            synonyms=("数据日期", "用电日期", "抄表日期"),
        ),
        _energy("kwh", "用电量", "energy, kWh", "电量", "日用电量", "总电量", required=True),
        _energy("peak_kwh", "峰电量", "peak energy, kWh", "峰段电量"),
        _energy("flat_kwh", "平电量", "flat energy, kWh", "平段电量"),
        _energy("valley_kwh", "谷电量", "valley energy, kWh", "谷段电量"),
        Column("quality", Type.CODE, "数据质量", "quality of the reading", codes="reading_quality"),
    ),
    key=("usage_point_id", "date"),
    day="date",
    month_from_key=True,
    sort=("customer_id", "usage_point_id", "date"),
    activity=("date",),
    aliases=("日用电量", "日电量", "用电量"),
)

INTERRUPTION = LakeTable(
    "interruption",
    Kind.FACT,
    "停电记录",
    "interruptions",
    "one row per usage point and interruption",
    own=(
        Column(
            "interruption_id",
            Type.ID,
            "停电编号",
            "interruption",
            required=True,
            synonyms=("停电事件编号", "停电单号"),
        ),
        Column(
            "usage_point_id",
            Type.ID,
            "用电点编号",
            "usage point",
            required=True,
            references="usage_point",
            synonyms=("计量点编号", "供电点编号"),
        ),
        CUSTOMER_ID,
        Column("feeder_id", Type.ID, "线路编号", "feeder", synonyms=("馈线编号",)),
        Column(
            "started_at",
            Type.TIME,
            "停电时间",
            "started at",
            required=True,
            synonyms=("停电开始时间", "停电起始时间"),
        ),
        Column(
            "restored_at",
            Type.TIME,
            "复电时间",
            "restored at",
            synonyms=("停电结束时间", "送电时间", "恢复时间"),
        ),
        Column(
            "planned",
            Type.BOOLEAN,
            "是否计划停电",
            "planned",
            required=True,
            synonyms=("计划停电",),
        ),
        Column("notified_at", Type.TIME, "通知时间", "notified at", synonyms=("停电通知时间",)),
        Column("cause", Type.TEXT, "停电原因", "cause", masked=True, synonyms=("原因",)),
    ),
    key=("interruption_id", "usage_point_id"),
    day="started_at",
    sort=("customer_id", "usage_point_id", "started_at"),
    activity=("started_at", "restored_at"),
    aliases=("停电记录", "停电", "停电明细"),
)

VOLTAGE_MONTH = LakeTable(
    "voltage_month",
    Kind.FACT,
    "月电压监测",
    "monthly voltage",
    "one row per monitoring point and month",
    own=(
        Column("point_id", Type.ID, "监测点编号", "monitoring point", required=True),
        Column(
            "point_class",
            Type.CODE,
            "监测点类别",
            "class of point",
            required=True,
            codes="point_class",
            synonyms=("电压监测点类别",),
        ),
        Column("month", Type.MONTH, "月份", "month", required=True, synonyms=("统计月份",)),
        Column(
            "minutes_monitored",
            Type.NUMBER,
            "监测时间",
            "minutes monitored",
            required=True,
            low=0,
            high=44640,
            synonyms=("监测分钟", "电压监测总时间"),
        ),
        Column(
            "minutes_over",
            Type.NUMBER,
            "超上限时间",
            "minutes above the limit",
            required=True,
            low=0,
            high=44640,
            synonyms=("超上限分钟",),
        ),
        Column(
            "minutes_under",
            Type.NUMBER,
            "超下限时间",
            "minutes below the limit",
            required=True,
            low=0,
            high=44640,
            synonyms=("超下限分钟",),
        ),
    ),
    key=("point_id", "month"),
    day="month",
    month_from_key=True,
    sort=("point_id", "month"),
    activity=("month",),
    aliases=("月电压监测", "电压监测", "电压"),
)

BILL = LakeTable(
    "bill",
    Kind.FACT,
    "电费账单",
    "bills",
    "one row per bill",
    own=(
        Column("bill_id", Type.ID, "账单编号", "bill", required=True, synonyms=("电费单号",)),
        CUSTOMER_ID,
        Column("period", Type.MONTH, "电费年月", "month billed", synonyms=("账期", "账单月份")),
        _energy("kwh", "计费电量", "energy billed, kWh", "电量", "结算电量"),
        Column(
            "amount_cny",
            Type.MONEY,
            "应收电费",
            "amount, CNY",
            required=True,
            low=-_MONEY_HIGH,
            high=_MONEY_HIGH,
            synonyms=("电费金额", "应收金额", "账单金额"),
        ),
        Column(
            "issued_on",
            Type.DATE,
            "发行日期",
            "issued on",
            required=True,
            synonyms=("出账日期", "电费发行日期"),
        ),
        Column("due_on", Type.DATE, "缴费期限", "due on", synonyms=("截止日期", "缴费截止日期")),
        Column("paid_on", Type.DATE, "缴费日期", "paid on", synonyms=("实收日期", "缴费时间")),
        Column(
            "paid_cny",
            Type.MONEY,
            "实收电费",
            "amount paid, CNY",
            low=-_MONEY_HIGH,
            high=_MONEY_HIGH,
            synonyms=("实收金额", "缴费金额"),
        ),
        Column("error_kind", Type.CODE, "差错类型", "kind of error", codes="error_kind"),
        Column(
            "error_cny", Type.MONEY, "差错金额", "error, CNY", low=-_MONEY_HIGH, high=_MONEY_HIGH
        ),
        Column(
            "delivered_by",
            Type.CODE,
            "账单送达方式",
            "delivered by",
            codes="channel",
            synonyms=("送达方式", "送达渠道"),
        ),
    ),
    key=("bill_id",),
    day="issued_on",
    sort=("customer_id", "issued_on"),
    activity=("issued_on", "paid_on"),
    aliases=("电费账单", "账单", "电费", "bills"),
)

ASSET = LakeTable(
    "asset",
    Kind.FACT,
    "客户设备",
    "customers' equipment",
    "one row per piece of equipment",
    own=(
        Column("asset_id", Type.ID, "设备编号", "equipment", required=True),
        USAGE_POINT_ID,
        CUSTOMER_ID,
        Column("kind", Type.CODE, "设备类型", "kind", required=True, codes="asset_kind"),
        Column("capacity_kw", Type.NUMBER, "设备容量", "capacity, kW", low=0, high=1e7),
        Column("from", Type.DATE, "投用日期", "in use from", required=True),
        Column("to", Type.DATE, "停用日期", "in use until"),
    ),
    key=("asset_id",),
    day="from",
    sort=("customer_id", "from"),
    activity=("from",),
    aliases=("客户设备", "设备"),
)

TABLES = (USAGE_DAILY, INTERRUPTION, VOLTAGE_MONTH, BILL, ASSET)
