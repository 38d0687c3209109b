"""Two hundred of the commonest Chinese surnames, single and compound.

The first hundred alone belong to about 85 % of the population.
"""

from __future__ import annotations

SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹"
    "彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙史陶黎贺毛郝顾龚邵"
    "万覃武钱戴严莫孔向常汤康易乔葛文庞樊兰殷施洪翟安颜倪牛温芦季"
    "俞章鲁伍申尤毕聂焦左齐梅庄辛管祝涂欧谷时阮柯耿裴詹关霍卫路翁"
    "游纪童靳蒲凌牟房柴岳尚邢项柏喻解阎傅萧骆包卓瞿单卞甘盛景党宫"
    "费冉蓝宁苗曲臧成桂车鲍窦符滕佟褚冷邬岑虞麦丘简饶屈"
)
COMPOUND = (
    "欧阳",
    "司马",
    "诸葛",
    "上官",
    "司徒",
    "东方",
    "夏侯",
    "皇甫",
    "尉迟",
    "慕容",
    "令狐",
    "端木",
)
