"""The watchdog: a second receiver of alerts, and the one who notices that the first ones have fallen silent.

It needs neither PostgreSQL nor NATS nor any of our services, and belongs on another machine than they. What
Alertmanager tells it goes straight to its channels. Heartbeats that it waits for are missed aloud: that of
the monitoring, by way of the alert that always fires, and the auditor's, after each clean audit.
"""
