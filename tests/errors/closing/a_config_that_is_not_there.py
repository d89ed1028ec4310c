from tieout.closing import CloseConfig

CloseConfig.load("close.toml")
