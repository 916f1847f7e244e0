"""What is promised of files, names and pages that somebody hostile has made."""

from tests.promises.promise import promises_of

promise = promises_of("Secure")

SECURE = [
    promise(
        "The debugger at a terminal shows names in one line of plain text, and completes to nothing that cannot be "
        "typed.",
        tests="test_terminal.py::test_bar_and_prompt_are_plain_text test_terminal.py::test_completions_can_be_typed",
        broken="scopes_break_the_bar anything_is_completed",
    ),
    promise(
        "Text is run as code in the places listed in the test alone: what the compiler wrote, and the script"
        " that you name.",
        tests="test_code_that_runs.py::test_texts_run_as_code_in_these_places_alone",
        broken="numbers_of_formulas_are_evaluated",
    ),
    promise(
        "Scripts are run by `graph`, `step`, `compile` and `diagnose` alone, whose help says so.",
        tests="test_script.py::test_a_script_is_run_by_those_commands_alone_whose_help_says_so",
        broken="help_does_not_warn_of_scripts",
    ),
    promise(
        "Other programs are started by a list of words, never through a shell.",
        tests="test_code_that_runs.py::test_no_program_is_started_through_a_shell",
        broken="shell_starts_graphviz",
    ),
    promise(
        "A formula is parsed and never evaluated.",
        tests="test_expression.py::test_nothing_is_evaluated test_expression.py::test_mistakes_are_pointed_at",
        broken="formulas_are_evaluated",
    ),
    promise(
        "What comes from standard input is a formula, a table or a line of the debugger, and never the name of a "
        "script to run.",
        tests="test_cli_graph.py::test_what_comes_from_stdin_is_a_formula_and_never_a_script",
        broken="formula_names_a_script",
    ),
    promise(
        "Labels become comments or parts of names in programs, whatever they hold: the program is that of"
        " plain labels.",
        tests="test_code_that_runs.py::test_a_label_becomes_a_comment_or_a_part_of_a_name"
        " test_code_that_runs.py::test_saved_programs_hold_no_more_of_a_label"
        " test_compile.py::test_nothing_in_a_label_is_run",
        broken="comments_end_where_labels_say names_are_taken_as_they_are",
    ),
    promise(
        "Exported programs hold names of columns and classes as texts alone.",
        tests="test_export_agreement.py::test_hostile_names_are_only_names",
        broken="names_end_their_texts",
    ),
    promise(
        "No file is read as a pickle, also where one poses as a model.",
        tests="test_hostile_files.py::test_a_pickle_in_disguise_is_not_opened"
        " test_code_that_runs.py::test_nothing_is_read_as_a_pickle",
        broken="model_may_be_a_pickle",
    ),
    promise(
        "Pictures in SVG, HTML, DOT, Mermaid and text hold labels as texts: their structure is that of plain ones.",
        tests="test_svg.py::test_hostile_labels_stay_text"
        " test_hostile_formats.py::test_pictures_have_the_structure_of_plain_ones",
        broken="svg_text_is_markup quotes_end_dot_strings mermaid_signs_stay",
    ),
    promise(
        "Pages hold texts as texts in which nothing is obeyed or cannot be seen, and their policy lets nothing run but "
        "their own scripts and nothing be fetched.",
        tests="test_hostile_formats.py::test_pages_have_the_structure_of_plain_ones"
        " test_page_parts.py::test_texts_are_texts_in_every_place"
        " test_page.py::test_the_policy_knows_our_scripts_by_their_hashes_and_no_others"
        " test_page.py::test_a_page_asks_for_nothing test_page.py::test_without_scripts_none_may_run",
        broken="title_is_markup page_may_load_anything any_script_may_run pages_hold_escape_sequences"
        " names_of_facts_are_markup facts_are_markup alternative_text_is_markup caption_is_markup",
    ),
    promise(
        "Data in pages is JSON that cannot end the script that holds it.",
        tests="test_page.py::test_hostile_texts_survive_as_they_are"
        " test_page.py::test_json_says_what_it_was_told_and_can_stand_in_a_script"
        " test_hostile_formats.py::test_data_of_pages_is_read_as_it_was",
        broken="data_may_end_its_script",
    ),
    promise(
        "In LaTeX a label is a text without commands.",
        tests="test_hostile_formats.py::test_latex_knows_no_command_of_a_label",
        broken="latex_obeys_labels",
    ),
    promise(
        "No cell of an exported table is computed by a spreadsheet, and numbers stay numbers.",
        tests="test_csv_text.py::test_no_cell_is_a_formula test_csv_text.py::test_numbers_stay_numbers"
        " test_csv_text.py::test_other_texts_are_as_they_were test_cli_predict.py::test_no_class_is_a_formula",
        broken="at_sign_begins_a_formula full_width_begins_a_formula blanks_hide_a_formula line_end_hides_a_formula"
        " cells_go_out_as_they_are predictions_go_out_as_they_are",
    ),
    promise(
        "Commands print nothing that a terminal obeys: escape sequences and signs that cannot be seen become `?` or "
        "blanks. The table of `predict` is data where it goes into a file or a pipe: there names stay as they are, "
        "but for apostrophes before formulas. Long names and formulas are cut.",
        tests="test_terminal.py::test_echo test_terminal.py::test_nothing_is_printed_but_by_echo"
        " test_terminal.py::test_files_that_are_wrong_or_missing"
        " test_cli_predict.py::test_a_terminal_gets_nothing_that_it_obeys"
        " test_cli_predict.py::test_a_pipe_and_a_file_hold_names_as_they_are"
        " test_cli_graph.py::test_long_names_and_formulas_are_cut",
        broken="escape_sequences_are_printed best_epoch_is_printed_past_echo leaves_are_printed_past_echo"
        " predictions_are_obeyed names_in_pipes_are_cut names_are_printed_in_full formulas_are_printed_in_full",
    ),
    promise(
        "Texts and errors of the library, also outside the command line, hold nothing that a terminal obeys.",
        tests="test_hostile_formats.py::test_texts_are_printable"
        " test_plain_errors.py::test_anomalies test_plain_errors.py::test_states"
        " test_plain_errors.py::test_what_is_not_wanted_is_described test_plain_errors.py::test_nodes"
        " test_plain_errors.py::test_arrays_of_checkpoints test_plain_errors.py::test_data_sets",
        broken="names_hold_escape_sequences errors_hold_escape_sequences anomalies_are_named_as_they_are"
        " states_are_named_as_they_are arrays_are_named_as_they_are",
    ),
    promise(
        "Sessions hold no code: nodes and optimizers whose rule is code are not saved.",
        tests="test_saved_session.py::test_what_is_code_is_not_saved",
        broken="optimizers_of_anybody_are_saved",
    ),
]
