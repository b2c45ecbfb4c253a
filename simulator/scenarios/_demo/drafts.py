"""stub"""
def plan_drafts(stage, people, cases): pass
