"""Reference tables: organisations, customers, supply points, who a channel's user is, providers."""

from __future__ import annotations

from powercx.analytics.lake.schema import Column, Kind, LakeTable, Type

CUSTOMER_ID = Column(
    "customer_id",
    Type.ID,
    "客户编号",
    "customer account",
    references="customer",
    synonyms=("户号", "用户编号", "客户号", "用电户号", "cons_no"),
)
USAGE_POINT_ID = Column(
    "usage_point_id",
    Type.ID,
    "用电点编号",
    "usage point",
    references="usage_point",
    synonyms=("计量点编号", "供电点编号", "表计点", "用电点"),
)

ORG_UNIT = LakeTable(
    "org_unit",
    Kind.REFERENCE,
    "组织机构",
    "organisation units",
    "one row per organisation unit and version",
    own=(
        Column(
            "org_id",
            Type.ID,
            "供电单位编号",
            "organisation unit",
            required=True,
            synonyms=("单位编号", "供电单位", "组织编号", "机构编号"),
        ),
        Column(
            "parent_id",
            Type.ID,
            "上级单位编号",
            "unit above",
            references="org_unit",
            synonyms=("上级编号", "上级单位", "父单位编号"),
        ),
        Column("name", Type.TEXT, "单位名称", "name", required=True, synonyms=("名称", "组织名称")),
        Column(
            "level", Type.CODE, "单位层级", "level", codes="org_level", synonyms=("层级", "级别")
        ),
        Column(
            "area_class",
            Type.CODE,
            "地区类别",
            "area class",
            codes="area_class",
            synonyms=("城乡类别", "区域类别"),
        ),
    ),
    key=("org_id", "valid_from"),
    aliases=("组织机构", "组织", "供电单位", "org"),
)

CUSTOMER = LakeTable(
    "customer",
    Kind.REFERENCE,
    "客户档案",
    "customer accounts",
    "one row per customer account and version",
    own=(
        Column(
            "customer_id",
            Type.ID,
            "客户编号",
            "customer account",
            required=True,
            synonyms=("户号", "用户编号", "客户号", "用电户号", "cons_no"),
        ),
        Column(
            "org_id",
            Type.ID,
            "供电单位编号",
            "organisation unit",
            references="org_unit",
            synonyms=("单位编号", "供电单位", "组织编号"),
        ),
        Column(
            "name",
            Type.TEXT,
            "客户名称",
            "name",
            personal=True,
            synonyms=("户名", "用户名称", "姓名"),
        ),
        Column("kind", Type.CODE, "客户性质", "person or organisation", codes="customer_kind"),
        Column("id_type", Type.CODE, "证件类型", "identity document", codes="id_type"),
        Column(
            "id_number",
            Type.ID,
            "证件号码",
            "identity number",
            personal=True,
            synonyms=("身份证号", "身份证明号码", "统一社会信用代码", "证件号"),
        ),
        Column(
            "phone",
            Type.ID,
            "联系电话",
            "phone",
            personal=True,
            synonyms=("手机号", "电话", "手机号码", "联系方式"),
        ),
        Column(
            "address",
            Type.TEXT,
            "用电地址",
            "address",
            personal=True,
            synonyms=("地址", "用电地点"),
        ),
        Column(
            "usage_category",
            Type.CODE,
            "用电类别",
            "usage category",
            codes="usage_category",
            synonyms=("用户类别", "用电性质"),
        ),
        Column(
            "industry_code", Type.ID, "行业代码", "industry (GB/T 4754)", synonyms=("行业分类",)
        ),
        Column(
            "voltage_kv",
            Type.NUMBER,
            "供电电压",
            "supply voltage, kV",
            low=0,
            high=1100,
            synonyms=("电压等级kV", "供电电压kV"),
        ),
        Column(
            "contract_kva",
            Type.NUMBER,
            "合同容量",
            "contract capacity, kVA",
            low=0,
            high=1e7,
            synonyms=("报装容量", "合同容量kVA", "运行容量"),
        ),
        Column("opened_on", Type.DATE, "立户日期", "opened on", synonyms=("开户日期", "立户时间")),
        Column("closed_on", Type.DATE, "销户日期", "closed on", synonyms=("注销日期",)),
        Column("status", Type.CODE, "客户状态", "status", codes="customer_status"),
        Column("e_bill", Type.BOOLEAN, "电子账单", "electronic bill", synonyms=("是否电子账单",)),
        Column(
            "auto_pay",
            Type.BOOLEAN,
            "自动代扣",
            "automatic payment",
            synonyms=("代扣", "是否代扣"),
        ),
        Column("verified_on", Type.DATE, "信息核实日期", "verified on", synonyms=("核实日期",)),
        Column(
            "consent_survey",
            Type.BOOLEAN,
            "同意调查",
            "consents to surveys",
            synonyms=("调查授权",),
        ),
        Column(
            "consent_marketing",
            Type.BOOLEAN,
            "同意营销",
            "consents to marketing",
            synonyms=("营销授权",),
        ),
        Column("language", Type.ID, "语言", "language", synonyms=("首选语言",)),
        Column("tariff", Type.CODE, "电价类型", "tariff", codes="tariff", synonyms=("电价",)),
        Column("close_reason", Type.CODE, "销户原因", "why closed", codes="close_reason"),
        Column("influence", Type.NUMBER, "影响力", "influence", low=0, high=100),
    ),
    key=("customer_id", "valid_from"),
    aliases=("客户档案", "客户", "用户档案", "customers"),
)

USAGE_POINT = LakeTable(
    "usage_point",
    Kind.REFERENCE,
    "用电点",
    "usage points (IEC CIM UsagePoint)",
    "one row per usage point and version",
    own=(
        Column(
            "usage_point_id",
            Type.ID,
            "用电点编号",
            "usage point",
            required=True,
            synonyms=("计量点编号", "供电点编号", "表计点", "用电点"),
        ),
        CUSTOMER_ID,
        Column(
            "org_id",
            Type.ID,
            "供电单位编号",
            "organisation unit",
            references="org_unit",
            synonyms=("单位编号", "供电单位"),
        ),
        Column("feeder_id", Type.ID, "线路编号", "feeder", synonyms=("馈线编号", "所属线路")),
        Column(
            "transformer_id",
            Type.ID,
            "变压器编号",
            "transformer",
            synonyms=("台区编号", "所属台区"),
        ),
        Column(
            "supply_count",
            Type.INTEGER,
            "电源路数",
            "independent supplies",
            low=0,
            high=20,
            synonyms=("供电电源数",),
        ),
        Column(
            "own_backup",
            Type.BOOLEAN,
            "自备应急电源",
            "own backup supply",
            synonyms=("自备电源",),
        ),
        Column("meter_id", Type.ID, "表计编号", "meter", synonyms=("电表编号", "资产编号")),
        Column("contract_no", Type.ID, "合同编号", "contract", synonyms=("供用电合同编号",)),
        Column("opened_on", Type.DATE, "投运日期", "opened on", synonyms=("装表日期",)),
        Column("closed_on", Type.DATE, "停运日期", "closed on", synonyms=("拆表日期",)),
    ),
    key=("usage_point_id", "valid_from"),
    aliases=("用电点", "计量点", "供电点"),
)

CHANNEL_IDENTITY = LakeTable(
    "channel_identity",
    Kind.REFERENCE,
    "渠道身份",
    "identities on channels",
    "one row per channel, channel user and version",
    own=(
        Column("channel", Type.CODE, "渠道", "channel", required=True, codes="channel"),
        Column(
            "channel_user_id",
            Type.ID,
            "渠道用户标识",
            "user on the channel",
            required=True,
            synonyms=("渠道用户", "openid", "渠道用户编号"),
        ),
        CUSTOMER_ID,
        Column("linked_at", Type.TIME, "绑定时间", "linked at"),
        Column("proof", Type.TEXT, "绑定凭据", "proof of the link", synonyms=("绑定方式",)),
    ),
    key=("channel", "channel_user_id", "valid_from"),
    aliases=("渠道身份", "渠道绑定"),
)

PROVIDER = LakeTable(
    "provider",
    Kind.REFERENCE,
    "外部供方",
    "external providers",
    "one row per provider and version",
    own=(
        Column(
            "provider_id",
            Type.ID,
            "供方编号",
            "provider",
            required=True,
            synonyms=("外部供方编号",),
        ),
        Column("name", Type.TEXT, "供方名称", "name", required=True, synonyms=("外部供方名称",)),
        Column("scope", Type.CODE, "供方范围", "scope", codes="provider_scope"),
        Column(
            "org_id",
            Type.ID,
            "供电单位编号",
            "organisation unit",
            references="org_unit",
            synonyms=("单位编号", "供电单位"),
        ),
    ),
    key=("provider_id", "valid_from"),
    aliases=("外部供方", "供方"),
)

TABLES = (ORG_UNIT, CUSTOMER, USAGE_POINT, CHANNEL_IDENTITY, PROVIDER)
