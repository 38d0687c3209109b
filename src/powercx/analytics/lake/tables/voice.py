"""Facts of what customers and others say: feedback, surveys, outside profiles and ratings."""

from __future__ import annotations

from powercx.analytics.lake.schema import Column, Kind, LakeTable, Type
from powercx.analytics.lake.tables.reference import CUSTOMER_ID
from powercx.analytics.lake.tables.service import CHANNEL, SCORE_HIGH

_SURVEY = Column("survey", Type.ID, "问卷", "survey", required=True, synonyms=("问卷编号",))
_WAVE = Column("wave", Type.ID, "调查批次", "wave", synonyms=("批次",))

FEEDBACK = LakeTable(
    "feedback",
    Kind.FACT,
    "客户反馈",
    "feedback",
    "one row per utterance of a customer or employee",
    own=(
        Column("feedback_id", Type.ID, "反馈编号", "utterance", required=True),
        CUSTOMER_ID,
        Column("at", Type.TIME, "反馈时间", "at", required=True),
        CHANNEL,
        Column("way", Type.CODE, "获取方式", "way in", codes="feedback_way"),
        Column("text", Type.TEXT, "反馈内容", "text", masked=True, synonyms=("内容", "反馈文本")),
        Column("rating", Type.INTEGER, "评价分", "rating", low=1, high=SCORE_HIGH),
        Column("lang", Type.ID, "语言", "language"),
    ),
    key=("feedback_id",),
    day="at",
    sort=("customer_id", "at"),
    activity=("at",),
    aliases=("客户反馈", "反馈"),
)

SURVEY_ANSWER = LakeTable(
    "survey_answer",
    Kind.FACT,
    "调查答案",
    "answers to surveys",
    "one row per response and item",
    own=(
        _SURVEY,
        _WAVE,
        Column("response_id", Type.ID, "答卷编号", "response", required=True),
        CUSTOMER_ID,
        Column("at", Type.TIME, "答题时间", "at", required=True, synonyms=("作答时间",)),
        CHANNEL,
        Column("item", Type.ID, "题目", "item", required=True, synonyms=("题目编号",)),
        Column("item_kind", Type.CODE, "题型", "kind of item", required=True, codes="item_kind"),
        Column("value", Type.NUMBER, "答案数值", "value", low=-1e9, high=1e9, synonyms=("得分",)),
        Column("text", Type.TEXT, "答案文本", "text", masked=True),
    ),
    key=("survey", "wave", "response_id", "item"),
    day="at",
    sort=("customer_id", "at", "response_id", "item"),
    activity=("at",),
    aliases=("调查答案", "问卷答案", "答卷"),
)

SURVEY_INVITATION = LakeTable(
    "survey_invitation",
    Kind.FACT,
    "调查邀请",
    "invitations to surveys",
    "one row per invitation",
    own=(
        Column("invitation_id", Type.ID, "邀请编号", "invitation", required=True),
        _SURVEY,
        _WAVE,
        CUSTOMER_ID,
        Column("at", Type.TIME, "邀请时间", "at", required=True),
        Column("delivered", Type.BOOLEAN, "是否送达", "delivered", synonyms=("送达",)),
        Column("completed_at", Type.TIME, "完成时间", "completed at"),
        CHANNEL,
    ),
    key=("invitation_id",),
    day="at",
    sort=("customer_id", "at"),
    activity=("at", "completed_at"),
    aliases=("调查邀请", "问卷邀请"),
)

EXTERNAL_PROFILE = LakeTable(
    "external_profile",
    Kind.FACT,
    "外部画像",
    "attributes from outside",
    "one row per customer, provider, attribute and time",
    own=(
        Column(
            "customer_id",
            Type.ID,
            "客户编号",
            "customer account",
            required=True,
            references="customer",
            synonyms=("户号", "用户编号"),
        ),
        Column("provider", Type.ID, "数据提供方", "provider of the data", required=True),
        Column("at", Type.TIME, "采集时间", "at", required=True),
        Column("attribute", Type.ID, "属性", "attribute", required=True),
        Column("value", Type.TEXT, "属性值", "value", masked=True),
    ),
    key=("customer_id", "provider", "at", "attribute"),
    day="at",
    month_from_key=True,
    sort=("customer_id", "attribute", "at"),
    activity=("at",),
    aliases=("外部画像", "外部数据"),
)

EXTERNAL_RATING = LakeTable(
    "external_rating",
    Kind.FACT,
    "外部评价",
    "ratings from outside",
    "one row per rating",
    own=(
        Column("rating_id", Type.ID, "评价编号", "rating", required=True),
        Column(
            "period",
            Type.PERIOD,
            "评价期间",
            "period",
            required=True,
            synonyms=("期间", "评价周期"),
        ),
        Column("rater", Type.TEXT, "评价机构", "rater", required=True, synonyms=("评价方",)),
        Column("score", Type.NUMBER, "评分", "score", low=-1e9, high=1e9, synonyms=("得分",)),
        Column("grade", Type.TEXT, "等级或名次", "grade or rank", synonyms=("等级", "名次")),
    ),
    key=("rating_id",),
    day="period",
    sort=("rating_id",),
    activity=("period",),
    aliases=("外部评价", "第三方评价"),
)

BENCHMARK = LakeTable(
    "benchmark",
    Kind.FACT,
    "对标数据",
    "figures of other suppliers",
    "one row per supplier, measure and period",
    own=(
        Column("utility", Type.TEXT, "对标单位", "supplier", required=True),
        Column("metric", Type.ID, "对标指标", "measure", required=True, synonyms=("指标",)),
        Column("period", Type.PERIOD, "统计期间", "period", required=True, synonyms=("期间",)),
        Column("value", Type.NUMBER, "指标值", "value", required=True, low=-1e15, high=1e15),
        Column("citation", Type.TEXT, "出处", "citation", synonyms=("引用来源",)),
    ),
    key=("utility", "metric", "period"),
    day="period",
    month_from_key=True,
    sort=("metric", "utility", "period"),
    activity=("period",),
    aliases=("对标数据", "对标"),
)

TABLES = (
    FEEDBACK,
    SURVEY_ANSWER,
    SURVEY_INVITATION,
    EXTERNAL_PROFILE,
    EXTERNAL_RATING,
    BENCHMARK,
)
