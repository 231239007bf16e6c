"""Reporting: cases from a positive result to its review, and the daily figures of every unit.

Owns      tables case_file, positive_withdrawal, case_report, case_review, daily_report
          (append-only, all but case_file)
Reads     testing.sample-positive, testing.sample-positive-withdrawn
Publishes reporting.case-opened, case-reported, case-report-corrected, case-reviewed, case-review-corrected,
          case-withdrawn, daily-report-filed, daily-report-abnormal
Clauses   渡建胜肺炎组发〔2021〕2号 §3 (daily and zero report) and §19 (direct report, review,
          no step in between),
          渝肺炎组发〔2021〕1号 §3, §20
"""
