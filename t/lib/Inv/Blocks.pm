package Inv::Blocks;

# Blocks of code of the documentation: what each is, and running those that are
# commands as a reader would, with another port.

use strict;
use warnings;

use Exporter qw(import);

use Inv::Process;

our @EXPORT_OK = qw(kind_of commands_of expected_statuses run_commands);

# What a line of a shell begins with, in these pages.
my $COMMAND = qr/^(?:[a-z_]+=|[a-z_]+\(\)|curl|make|sudo|nginx|redis-cli
                 |mongosh|mongodump|mongorestore|kill|ss|prove|tools|t|build
                 |git|export|env|for|while|if|gdb|ulimit|BUILD=)\b/x;

# What nginx reads begins with a word and has its ends.
my $NGINX = qr/\A(?:\s*\#.*\n)*\s*[a-z_]+(?:\s[^\n{]*)?(?:;|\{|\n\s)/;

my %languages = (
    sh    => 'shell',
    bash  => 'shell',
    shell => 'shell',
    nginx => 'nginx',
    json  => 'json',
    text  => 'text',
);

# 'directive' (nginx's Syntax, Default, Context), 'log', 'json', 'shell',
# 'nginx', 'text', or the language that its fence says.
sub kind_of {
    my ($block) = @_;
    my $text = $block->{text};
    my $language = $block->{language};
    return $languages{$language} // $language if length $language;
    return 'directive' if $text =~ /\ASyntax:/;
    return 'log'       if $text =~ /\A\[(?:error|warn|notice|crit)\] /;
    return 'json'      if $text =~ /\A\s*[\[{]/;
    my ($first) = grep { !/^\s*(?:#|$)/ } split /\n/, $text;
    return 'shell' if ($first // '') =~ $COMMAND;
    return 'nginx' if $text =~ /[;{]\s*(?:#.*)?$/m && $text =~ $NGINX;
    return 'text';
}

# Its commands, without comments, one line each.
sub commands_of {
    my ($text) = @_;
    $text =~ s/\\\n\s*/ /g;
    return grep { !/^\s*(?:#|$)/ } map { _uncommented($_) } split /\n/, $text;
}

# What is quoted is no comment.
sub _uncommented {
    my ($line) = @_;
    $line =~ s/^((?:[^'"]|'[^']*'|"[^"]*")*?)\s+#\s.*$/$1/;
    return $line;
}

# Of each curl, in their order, the status that a comment behind it says, or
# undef: any that is no error.
sub expected_statuses {
    my ($text) = @_;
    $text =~ s/\\\n\s*/ /g;
    return map { /#\s*(\d{3})\b[^#]*$/ ? $1 : undef }
        grep {/^[^#]*\bcurl\b/} split /\n/, $text;
}

# Each curl says the status that it got where nobody else looks; sudo is no
# other than who runs this.
my $PRELUDE = <<'EOT';
set -euo pipefail
curl() { command curl -w '%{stderr}%{http_code}\n' "$@" 2>>"$TEST_STATUSES"; }
sudo() { "$@"; }
EOT

# Runs a block with bash in dir.  replace: [old, new] pairs in its text.
# {ok, output, statuses: [...]}.
sub run_commands {
    my ($text, %opt) = @_;
    my $log = "$opt{scratch}/commands.log";
    my $statuses = "$opt{scratch}/statuses";
    unlink $log, $statuses;
    for my $pair (@{ $opt{replace} // [] }) {
        my ($old, $new) = @{$pair};
        $text =~ s/\Q$old\E/$new/g;
    }
    local $ENV{TEST_STATUSES} = $statuses;
    my $process = Inv::Process->start($log, 'bash', '-c',
        "cd '$opt{dir}'\n$PRELUDE\n$text");
    my $status = $process->wait_end($opt{seconds} // 60);
    return {
        ok       => defined $status && $status == 0,
        output   => $process->output,
        statuses => [ _slurp($statuses) =~ /^(\d{3})$/mg ],
    };
}

sub _slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    return scalar <$in> // '';
}

1;
