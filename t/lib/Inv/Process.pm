package Inv::Process;

# A child process with its output in a file; ends with the test, always.

use strict;
use warnings;

use Exporter qw(import);
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(wait_until children_of);

# Polls a condition; its value, or false when the time is over.
sub wait_until {
    my ($condition, $seconds) = @_;
    my $deadline = time + ($seconds // 20);
    my $pause    = 0.002;
    while (1) {
        my $value = $condition->();
        return $value if $value || time >= $deadline;
        sleep $pause;
        $pause = 0.05 if ($pause *= 1.5) > 0.05;
    }
    return;
}

# The processes that a process has started, itself not among them.
sub children_of {
    my ($pid) = @_;
    my @children;
    for my $file (glob "/proc/$pid/task/*/children") {
        open my $in, '<', $file or next;
        my $line = <$in>;
        push @children, split ' ', $line // '';
    }
    return @children;
}

sub start {
    my ($class, $output, @command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', $output;
        open STDERR, '>&', \*STDOUT;
        exec { $command[0] } @command
            or print STDERR "$command[0]: $!\n";
        POSIX::_exit(127);
    }
    return bless { pid => $pid, output => $output, owner => $$ }, $class;
}

sub pid { my ($self) = @_; return $self->{pid} }

sub signal {
    my ($self, $name) = @_;
    return if defined $self->{status};
    return kill $name, $self->{pid};
}

# The wait status once it has ended; undef while it runs.
sub ended {
    my ($self) = @_;
    return $self->{status} if defined $self->{status};
    return if waitpid($self->{pid}, WNOHANG) == 0;
    return $self->{status} = $?;
}

# The same, waited for; undef: still running.
sub wait_end {
    my ($self, $seconds) = @_;
    wait_until(sub { defined $self->ended }, $seconds);
    return $self->{status};
}

# Ends it with a signal, with KILL when that does not do; true: the signal did.
sub stop {
    my ($self, $name, $seconds) = @_;
    return 1 if defined $self->ended;
    $self->signal('CONT');
    $self->signal($name);
    return 1 if defined $self->wait_end($seconds // 10);
    kill 'KILL', children_of($self->{pid});
    $self->signal('KILL');
    $self->wait_end(10);
    return 0;
}

sub output {
    my ($self) = @_;
    open my $in, '<', $self->{output} or return '';
    local $/;
    return scalar <$in> // '';
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!, $@);
    $self->stop('TERM', 5);
    return;
}

1;
