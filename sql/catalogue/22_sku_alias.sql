-- Model Derivative jobs by file extension (D21, Q4): what is not complex is simple. IFC turned
-- complex.
INSERT INTO main.sku_alias(api, alias, sku, effective_from) VALUES
  ('model-derivative', '*',   'simple',  '2016-11-14 00:00:00'),
  ('model-derivative', 'rvt', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'nwd', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'nwc', 'complex', '2016-11-14 00:00:00'),
  ('model-derivative', 'ifc', 'simple',  '2016-11-14 00:00:00'),
  ('model-derivative', 'ifc', 'complex', '2022-03-29 00:00:00')
ON CONFLICT DO NOTHING;

-- Engines as work items name them. Civil 3D runs on AutoCAD (D81).
INSERT INTO main.sku_alias(api, alias, sku, effective_from) VALUES
  ('design-automation', 'Autodesk.AutoCAD',  'autocad',  '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Revit',    'revit',    '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Inventor', 'inventor', '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.3dsMax',   '3dsmax',   '2016-11-14 00:00:00'),
  ('design-automation', 'Autodesk.Fusion',   'fusion',   '2016-11-14 00:00:00'),
  ('design-automation', 'civil3d',           'autocad',  '2016-11-14 00:00:00')
ON CONFLICT DO NOTHING;
