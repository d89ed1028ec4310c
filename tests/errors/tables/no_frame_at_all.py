from tieout.tables import frame_of

frame_of({"tracking_no": ["SF1"]})
