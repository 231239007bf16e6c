"""Alerts: the statutory clocks, the duty roster, and the pages.

Owns      clock, clock_fact, clock_step, clock_timer, policy_version, reporting_day;
          duty_person, duty_shift, page, delivery and what belongs to them
Reads     every event that a rule of the policy names as start, stop or withdrawal of a clock
Publishes alerts.clock-started, clock-warned, clock-breached, clock-met, clock-voided, page-sent,
          page-acknowledged, duty-gap
Clauses   渡建胜肺炎组发〔2021〕2号 §3, 渝肺炎组发〔2021〕1号 §3: duty at every hour, the daily report;
          and every limit that the notices set: §7, §16, §17, §19, §20
"""
