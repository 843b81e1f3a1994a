"""A rule set that has a name for every place of the grammar."""

RULES = """\
timezone Asia/Kolkata

hours office
  mon to fri 09:00 to 18:00
  holidays IN
end

hours theirs in lead.timezone or Asia/Kolkata
  mon to fri 09:00 to 18:00
end

event payment_done, abuse

fact balance is number
fact waited is duration
fact due is date
fact best_time is time
fact paid is yes/no
fact name is text
fact plan is one of gold, silver
fact helper_call is text from host
fact callback_at is text

list gold_plans is gold, "very gold"

destination billing by plan
  gold is agent asha
  otherwise is queue billing
end

destination desk is number +911234567890

destination boss is supervisor lead_1

steps goodbye
  say "Goodbye."
  hangup
end

rule "All that may be said"
  on intent is one of sales, refund
  when lead.city is Pune or best_time is between 09:00 and 10:00
  play_audio "https://audio.example.com/a.wav"
  hold with music "https://audio.example.com/music.wav"
  set_disposition SOLD
  set_lead_field city to Pune
  set_lead_status callback
  send_dtmf 0123
  transfer sip "sip:desk@pbx.example.com"
  conference_add agent ravi as helper
  conference_remove helper
  whisper to helper_call "Hello."
  barge into helper_call
  monitor_start helper_call
  monitor_stop helper_call
  verb send_fax with page 1
  schedule_callback at callback_at
end

rule "At their nine"
  at 09:00 in lead.timezone or Asia/Kolkata
  do goodbye
end
"""
